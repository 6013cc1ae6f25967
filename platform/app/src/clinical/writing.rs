//! How a caller wants a write to be taken, beyond what FHIR says: HealthLake's headers.

use tarn_domain::{Ids, Issue, Kind, LogicalId, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::{Document, Value, escape_into};
use tarn_store::Snapshot;

use super::draft;
use super::outcome::write_issues;
use super::page_key::page_key;
use super::rewritten::with_member;

/// Where a resource that breaks a rule says so.
const REMARK: &str = "http://healthlake.amazonaws.com/fhir/StructureDefinition/validation-issue";

/// How closely a resource is looked at before it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// All that is known about validity. Nothing beyond the structure is known yet.
    #[default]
    Strict,
    /// R4's structure.
    StructureOnly,
    /// Whatever R4 says, it is kept, with a remark in it.
    Minimal,
}

/// A caller's own name for a creation, so that it can be sent again without being done again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// How a write is taken.
#[derive(Debug, Clone, Default)]
pub struct Writing {
    /// How closely it is looked at.
    pub level: Level,
    /// Under which key it is done once.
    pub key: Option<IdempotencyKey>,
}

impl Level {
    /// Reads `strict`, `structure-only` or `minimal`.
    ///
    /// # Errors
    /// Invalid for anything else.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        match text.trim() {
            "strict" => Ok(Self::Strict),
            "structure-only" => Ok(Self::StructureOnly),
            "minimal" => Ok(Self::Minimal),
            _ => {
                let words = "The validation level is `strict`, `structure-only` or `minimal`.";
                Err(Problem::new(Kind::Invalid, "bad-validation-level", words))
            }
        }
    }

    /// Refuses to keep what breaks R4's rules in a store that goes by the standard.
    pub(super) fn require(self, is_aws_compat: bool) -> Result<(), Problem> {
        if self != Self::Minimal || is_aws_compat {
            return Ok(());
        }
        let words = "The validation level `minimal` is for stores with `aws_compat` only.";
        Err(Problem::new(Kind::Invalid, "bad-validation-level", words))
    }

    /// Checks a resource. Under [`Level::Minimal`] what is wrong with it is not refused: the
    /// issues, and the text to keep with a remark in it.
    pub(super) fn check(
        self,
        document: &Document<'_>,
        type_: TypeId,
    ) -> Result<Option<(Vec<u8>, Vec<Issue>)>, Problem> {
        let Err(problem) = draft::check(document, type_) else { return Ok(None) };
        let named = document.root().get("resourceType").and_then(Value::as_str);
        if self != Self::Minimal || named.as_deref() != Some(type_.name()) {
            return Err(problem);
        }
        Ok(Some((remarked(document.root(), &problem.issues), problem.issues)))
    }
}

impl IdempotencyKey {
    /// Reads a UUID.
    ///
    /// # Errors
    /// Invalid where it is none.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.trim().to_ascii_lowercase();
        let lengths: Vec<_> = text.split('-').map(str::len).collect();
        let is_hex = text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit());
        if lengths == [8, 4, 4, 4, 12] && is_hex {
            return Ok(Self(text));
        }
        let words = "The idempotency key must be a UUID.";
        Err(Problem::new(Kind::Invalid, "bad-idempotency-key", words))
    }

    /// The id of the resource that is created under the key. The resource is the record that the
    /// creation was done: it is durable with it, and its first version is the first answer. The id
    /// depends on a secret of the store, so nobody can take it beforehand.
    pub(super) fn id(&self, type_: TypeId, snapshot: &Snapshot) -> LogicalId {
        struct Derived(u128);
        impl Ids for Derived {
            fn fresh(&self) -> u128 {
                self.0
            }
        }
        let text = format!("idempotent create {type_} {}", self.0);
        let hash = blake3::keyed_hash(&page_key(snapshot), text.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.as_bytes()[..16]);
        LogicalId::fresh(&Derived(u128::from_le_bytes(bytes)))
    }
}

/// The resource with an extension that says what is wrong with it.
fn remarked(root: Value<'_>, issues: &[Issue]) -> Vec<u8> {
    let mut outcome = Vec::new();
    write_issues(issues, &mut outcome);
    let mut remark = format!("{{\"url\":\"{REMARK}\",\"valueString\":").into_bytes();
    escape_into(&String::from_utf8_lossy(&outcome), &mut remark);
    remark.push(b'}');
    let given = root.get("extension").into_iter().flat_map(Value::items);
    let mut list: Vec<_> = given.map(|item| item.raw().to_owned()).collect();
    list.push(String::from_utf8_lossy(&remark).into_owned());
    with_member(root, "extension", Some(&format!("[{}]", list.join(","))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_uuids_are_keys() {
        let key = IdempotencyKey::parse("B5EB9E41-0000-4000-8000-0123456789ab").unwrap();
        assert_eq!(key, IdempotencyKey::parse("b5eb9e41-0000-4000-8000-0123456789AB").unwrap());
        for text in
            ["", "1", "b5eb9e41000040008000 0123456789ab", "zzzzzzzz-0000-4000-8000-0123456789ab"]
        {
            assert!(IdempotencyKey::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_kept_with_a_remark_where_that_is_wanted() {
        let patient = TypeId::parse("Patient").unwrap();
        let text = br#"{"resourceType":"Patient","extension":[{"url":"urn:x","valueString":"]"}],"birthDate":"soon"}"#;
        let document = Document::parse(text).unwrap();
        assert!(Level::Strict.check(&document, patient).is_err());
        let (kept, issues) = Level::Minimal.check(&document, patient).unwrap().unwrap();
        let kept: serde_json::Value = serde_json::from_slice(&kept).unwrap();
        assert_eq!(kept["extension"].as_array().unwrap().len(), 2);
        assert_eq!(kept["extension"][1]["url"], REMARK);
        let said = kept["extension"][1]["valueString"].as_str().unwrap();
        assert!(said.contains("OperationOutcome") && issues.len() == 1);
        // What is no resource of the type is never kept.
        let other = Document::parse(br#"{"resourceType":"Basic"}"#).unwrap();
        assert!(Level::Minimal.check(&other, patient).is_err());
        let sound = Document::parse(br#"{"resourceType":"Patient"}"#).unwrap();
        assert!(Level::Minimal.check(&sound, patient).unwrap().is_none());
    }
}
