//! Patches in Bundles: a JSON Patch travels as a Binary
//! (<https://hl7.org/fhir/R4/http.html#jsonpatch-bundle>).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tarn_domain::{Issue, IssueCode, Kind, Problem};
use tarn_fhir::json::Value;

use crate::clinical::draft;

const JSON_PATCH: &str = "application/json-patch+json";

/// The JSON Patch in an entry's Binary.
pub(super) fn json_patch(resource: &[u8]) -> Result<Vec<u8>, Problem> {
    let document = draft::parse(resource)?;
    let text = |key: &str| document.root().get(key).and_then(Value::as_str);
    if text("resourceType").as_deref() != Some("Binary")
        || text("contentType").as_deref() != Some(JSON_PATCH)
    {
        let words = "A patch in a Bundle is a Binary of `application/json-patch+json`; \
                     FHIRPath Patch is not taken yet.";
        return Err(Problem::new(Kind::UnsupportedMediaType, "unsupported-patch", words));
    }
    text("data").as_deref().and_then(decode).ok_or_else(|| {
        let issue = Issue::error(IssueCode::Value, "`data` must be base64.").at("Binary.data");
        Problem::with_issues(Kind::Invalid, "bad-base64", vec![issue])
    })
}

/// Decodes base64 (RFC 4648 §4), white space allowed as FHIR allows it.
fn decode(text: &str) -> Option<Vec<u8>> {
    let dense: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(dense).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_decoded_or_refused() {
        for (text, plain) in
            [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm\n9vYg==", "foob")]
        {
            assert_eq!(decode(text).as_deref(), Some(plain.as_bytes()), "{text}");
        }
        for text in ["Z", "Zg", "Zg=", "Zg===", "Z*==", "Zg==Zg==", "===="] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    #[test]
    fn only_a_binary_with_a_json_patch_is_one() {
        let patch = br#"{"resourceType":"Binary","contentType":"application/json-patch+json","data":"W10="}"#;
        assert_eq!(json_patch(patch).unwrap(), b"[]");
        let other = br#"{"resourceType":"Parameters"}"#;
        assert_eq!(json_patch(other).unwrap_err().kind, Kind::UnsupportedMediaType);
    }
}
