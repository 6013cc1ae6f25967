//! `tarn audit verify`: is the chain whole?

use tarn_app::audit::{self, Verified};
use tarn_domain::Explain;
use tarn_keys::Keyring;

use super::id;
use crate::boot::Place;
use crate::cli::AuditVerify;
use crate::error::Failure;
use crate::out::say;

pub(crate) fn run(place: &Place, asked: AuditVerify) -> Result<(), Failure> {
    let verified = match (asked.org, asked.dir) {
        (Some(organization), _) => {
            let organization = id("--org", &organization)?;
            let masters =
                Keyring::open(place.data_dir()).map_err(|e| Failure::from(e.explain()))?;
            audit::verify_trail(place.data_dir(), organization, &masters)?
        }
        (None, Some(folder)) => audit::verify_folder(&folder)?,
        (None, None) => return Err(Failure::Usage("name an organisation or a folder".into())),
    };
    tell(&verified)
}

fn tell(verified: &Verified) -> Result<(), Failure> {
    if verified.whole {
        let (entries, head) = (verified.entries.unwrap_or_default(), verified.head.as_deref());
        say(format_args!("whole: {entries} entries, head {}", head.unwrap_or_default()));
        return Ok(());
    }
    let (at, why) = (verified.broken_at.unwrap_or_default(), verified.why.unwrap_or_default());
    say(format_args!("broken at entry {at}: {why}"));
    Err(Failure::new(format_args!("the audit chain is broken at entry {at}")))
}
