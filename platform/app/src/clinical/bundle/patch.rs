//! Patches in Bundles: a FHIRPath Patch as it is, a JSON Patch as a Binary
//! (<https://hl7.org/fhir/R4/http.html#jsonpatch-bundle>).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use tarn_domain::{Issue, IssueCode, Kind, Problem};
use tarn_fhir::json::Value;

use crate::clinical::draft;
use crate::clinical::patch::{Patch, PatchFormat};

const JSON_PATCH: &str = "application/json-patch+json";

/// The patch that an entry's resource is or holds.
pub(super) fn patch_of(resource: &Bytes) -> Result<Patch, Problem> {
    let document = draft::parse(resource)?;
    let text = |key: &str| document.root().get(key).and_then(Value::as_str);
    if text("resourceType").as_deref() == Some("Parameters") {
        return Ok(Patch { format: PatchFormat::FhirPath, text: resource.clone() });
    }
    if text("resourceType").as_deref() != Some("Binary")
        || text("contentType").as_deref() != Some(JSON_PATCH)
    {
        let words = "A patch in a Bundle is Parameters (FHIRPath Patch), or a Binary of \
                     `application/json-patch+json`.";
        return Err(Problem::new(Kind::UnsupportedMediaType, "unsupported-patch", words));
    }
    let data = text("data").as_deref().and_then(decode).ok_or_else(|| {
        let issue = Issue::error(IssueCode::Value, "`data` must be base64.").at("Binary.data");
        Problem::with_issues(Kind::Invalid, "bad-base64", vec![issue])
    })?;
    Ok(Patch { format: PatchFormat::Json, text: data.into() })
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
    fn only_parameters_and_binaries_with_a_json_patch_are_patches() {
        let read = |text: &'static str| patch_of(&Bytes::from_static(text.as_bytes()));
        let json = r#"{"resourceType":"Binary","contentType":"application/json-patch+json","data":"W10="}"#;
        let patch = read(json).unwrap();
        assert_eq!((patch.format, &*patch.text), (PatchFormat::Json, &b"[]"[..]));
        let parameters = read(r#"{"resourceType":"Parameters"}"#).unwrap();
        assert_eq!(parameters.format, PatchFormat::FhirPath);
        for other in [r#"{"resourceType":"Patient"}"#, r#"{"resourceType":"Binary"}"#] {
            assert_eq!(read(other).unwrap_err().kind, Kind::UnsupportedMediaType);
        }
    }
}
