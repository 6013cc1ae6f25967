//! `tarn store create`: a data store of an organisation.

use serde_json::json;
use tarn_app::stores::{self, NewStore, Preload};

use super::{block_on, id};
use crate::boot::{self, Place};
use crate::cli::{SettingFlags, StoreCreate};
use crate::error::Failure;
use crate::out::say;

pub(crate) fn run(place: &Place, asked: StoreCreate) -> Result<(), Failure> {
    let settings = place.settings(&SettingFlags::default())?;
    let organization = id("--org", &asked.org)?;
    let json = asked.json;
    let new =
        NewStore { name: asked.name, synthetic: false, aws_compat: false, preload: Preload::None };
    let made = block_on(async {
        let platform = boot::open(&settings, settings.listen).await?;
        let call = platform.operators_call(organization);
        let made = stores::create(&platform, &call, new).await;
        platform.close().await?;
        Ok(made?)
    })?;
    if json {
        say(format_args!("{}", json!({ "store_id": made.id, "endpoint": made.endpoint })));
    } else {
        say(format_args!("store_id  {}\nendpoint  {}", made.id, made.endpoint));
    }
    Ok(())
}
