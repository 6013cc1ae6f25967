//! `tarn org create`: an organisation, its admin and its first credentials.

use serde_json::json;
use tarn_app::agreements::Signature;
use tarn_app::organizations::{self, NewOrganization};

use super::block_on;
use crate::boot::{self, Place};
use crate::cli::{OrgCreate, SettingFlags};
use crate::error::Failure;
use crate::out::say;

pub(crate) fn run(place: &Place, asked: OrgCreate) -> Result<(), Failure> {
    let settings = place.settings(&SettingFlags::default())?;
    let signature = asked.accept_baa.as_deref().map(signature).transpose()?;
    let json = asked.json;
    let new = NewOrganization { name: asked.name, admin_email: asked.admin_email, signature };
    let made = block_on(async {
        let platform = boot::open(&settings, settings.listen).await?;
        let made = organizations::create(&platform, new).await;
        platform.close().await?;
        Ok(made?)
    })?;
    let shown = [
        ("organization_id", made.organization.to_string()),
        ("account_id", made.account.to_string()),
        ("admin_email", made.admin_email),
        ("admin_password", made.admin_password.expose().clone()),
        ("api_key", made.api_key.expose().clone()),
        ("access_key_id", made.access_key_id),
        ("secret_access_key", made.secret_access_key.expose().clone()),
    ];
    if json {
        let object: serde_json::Map<_, _> =
            shown.into_iter().map(|(name, text)| (name.to_owned(), json!(text))).collect();
        say(format_args!("{}", serde_json::Value::Object(object)));
    } else {
        for (name, text) in shown {
            say(format_args!("{name:<18} {text}"));
        }
        say(format_args!(
            "\nThe password and the keys are shown this once. Keep them in a safe place."
        ));
    }
    Ok(())
}

/// `Ada Lovelace, Director`: what stands behind the last comma is the title.
fn signature(text: &str) -> Result<Signature, Failure> {
    let wrong = || {
        let takes = "takes a full name and a title, as in \"Ada Lovelace, Director\"";
        Failure::Usage(format!("--accept-baa: got `{text}`, {takes}"))
    };
    let (name, title) = text.rsplit_once(',').ok_or_else(wrong)?;
    let signature = Signature { name: name.to_owned(), title: title.to_owned() };
    signature.checked().map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_a_name_and_a_title() {
        let made = signature("Lovelace, Ada, Director").expect("it is one");
        assert_eq!((made.name.as_str(), made.title.as_str()), ("Lovelace, Ada", "Director"));
        assert!(signature("Ada Lovelace").is_err());
        assert!(signature("Ada Lovelace, ").is_err());
    }
}
