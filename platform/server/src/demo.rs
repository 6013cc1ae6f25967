//! `tarn demo`: the main job on one command.
//!
//! What it makes is noted step by step in `demo.json` in the data folder, for its owner's eyes
//! only, so that a second run, or one after a run that was cut short, goes on from there.

mod note;
mod population;

use std::path::Path;

use tarn_app::agreements::Signature;
use tarn_app::organizations::{self, NewOrganization};
use tarn_app::stores::{self, NewStore, Preload};
use tarn_app::{Call, Platform};
use tarn_domain::{Problem, RequestId, StoreId};

use crate::boot::Place;
use crate::cli::SettingFlags;
use crate::error::Failure;
use crate::out::say;
use crate::settings::Settings;
use crate::{logs, serve};
use note::Note;

const NAME: &str = "Demo Health";
const ADMIN: &str = "admin@demo-health.example";

/// Starts the server, makes what is not there yet, says how to go on, and serves.
pub(crate) fn run(place: &Place, flags: &SettingFlags) -> Result<(), Failure> {
    let settings = place.settings(flags)?;
    let quiet = if settings.log_filter == "info" { "warn" } else { &settings.log_filter };
    let _log = logs::start(quiet, settings.log_json).map_err(Failure::new)?;
    actix_rt::System::new().block_on(async {
        let running = serve::start(&settings).await?;
        match prepare(&settings, &running.platform).await {
            Ok(note) => {
                tell(&settings, &running, &note);
                running.until_told().await
            }
            Err(failure) => {
                running.stop().await?;
                Err(failure)
            }
        }
    })
}

async fn prepare(settings: &Settings, platform: &Platform) -> Result<Note, Failure> {
    let path = settings.data_dir.join("demo.json");
    let mut note = match Note::read(&path)? {
        Some(note) => note,
        None => found(platform, &path).await?,
    };
    let call = call(platform, &note).await?;
    if note.store.is_none() {
        note.store = Some(store(platform, &call).await?);
        note.write(&path)?;
    }
    if !note.imported {
        let store = store_id(&note)?;
        population::import(settings, platform, &call, store).await?;
        note.imported = true;
        note.write(&path)?;
    }
    Ok(note)
}

async fn found(platform: &Platform, path: &Path) -> Result<Note, Failure> {
    eprintln!("creating the organisation \"{NAME}\" with a signed demo BAA");
    let signature = Signature { name: "Demo Admin".into(), title: "Demonstrator".into() };
    let new = NewOrganization {
        name: NAME.into(),
        admin_email: ADMIN.into(),
        signature: Some(signature),
    };
    let made = organizations::create(platform, new).await?;
    let note = Note {
        organization: made.organization.to_string(),
        admin_email: made.admin_email,
        admin_password: made.admin_password.expose().clone(),
        api_key: made.api_key.expose().clone(),
        store: None,
        imported: false,
    };
    note.write(path)?;
    Ok(note)
}

async fn store(platform: &Platform, call: &Call) -> Result<String, Problem> {
    let new = NewStore {
        name: "demo".into(),
        synthetic: true,
        aws_compat: false,
        preload: Preload::None,
    };
    Ok(stores::create(platform, call, new).await?.id)
}

/// The demo asks in its organisation's name, with its API key, like any other client.
async fn call(platform: &Platform, note: &Note) -> Result<Call, Failure> {
    let caller = platform.caller_of_key(&note.api_key).await?;
    let request = RequestId::fresh(platform.ids());
    Ok(Call { request, caller, source: None, agent: Some("tarn demo".into()), mark: None })
}

fn store_id(note: &Note) -> Result<StoreId, Failure> {
    let id = note.store.as_deref().and_then(|id| id.parse().ok());
    id.ok_or_else(|| Failure::new("`demo.json` names no data store"))
}

/// On standard output, and nothing else is.
fn tell(settings: &Settings, running: &serve::Running, note: &Note) {
    let base = running.platform.settings().public_url.as_str();
    let store = note.store.as_deref().unwrap_or_default();
    let fhir = format!("{base}/datastore/{store}/r4");
    let (key, data_dir) = (&note.api_key, settings.data_dir.display());
    let (login, password) = (&note.admin_email, &note.admin_password);
    let organization = &note.organization;
    say(format_args!(
        "Tarn is listening on {}
organization  {NAME} ({organization})
login         {login} / {password} (for the portal, which is not built yet)
api key       {key}
              (kept with the login in {data_dir}/demo.json, readable by you only)
data store    {fhir}/

curl -H 'Authorization: Bearer {key}' '{fhir}/Patient?_count=3&_pretty=true'",
        running.url
    ));
}
