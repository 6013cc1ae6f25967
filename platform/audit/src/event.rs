//! An audit record in CloudTrail's shape.
//!
//! Source: AWS, "CloudTrail record contents" (record version 1.08), and the HealthLake example
//! in "Logging AWS HealthLake API calls with AWS CloudTrail".

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use tarn_domain::{AccountId, Clock, Ids, Timestamp};

/// Text that is mostly known at compile time.
type Text = Cow<'static, str>;

/// What happened: one call, whether it succeeded or not.
///
/// Nothing from a resource goes in here: `request_parameters` name stores, types and logical ids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The version of the record's shape.
    pub event_version: Text,
    /// Who called.
    pub user_identity: UserIdentity,
    /// When, to the second.
    #[serde(with = "seconds")]
    pub event_time: Timestamp,
    /// The service: `healthlake.amazonaws.com`, or one of ours.
    pub event_source: Text,
    /// The act: `ReadResource`, `CreateFHIRDatastore` …
    pub event_name: Text,
    /// The region that the server says it is in.
    pub aws_region: Text,
    /// Where the call came from.
    #[serde(rename = "sourceIPAddress")]
    pub source_ip_address: Text,
    /// The client's name for itself.
    pub user_agent: Text,
    /// Why it failed or was refused; absent when it succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<Text>,
    /// The same in words, without PHI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<Text>,
    /// What was asked for.
    pub request_parameters: Option<Value>,
    /// What was made or changed.
    pub response_elements: Option<Value>,
    /// What CloudTrail has no place for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional_event_data: Option<Value>,
    /// The id under which the caller knows the call (`x-request-id`).
    #[serde(rename = "requestID")]
    pub request_id: Text,
    /// The record's own id.
    #[serde(rename = "eventID")]
    pub event_id: Text,
    /// Whether it changed nothing.
    pub read_only: bool,
    /// What it touched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<ResourceName>,
    /// How it came in.
    pub event_type: Text,
    /// Whether it is about the platform rather than about data.
    pub management_event: bool,
    /// The organisation's account.
    pub recipient_account_id: Text,
    /// The same as `management_event`, in a word.
    pub event_category: Category,
}

/// Whether an act is about the platform or about the data in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Category {
    /// Stores, keys, members, agreements.
    Management,
    /// Resources, searches, imports.
    Data,
}

/// Who called.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserIdentity {
    /// `IAMUser`, `AWSService`, `Unknown`.
    #[serde(rename = "type")]
    pub kind: Text,
    /// The API key's, member's or service's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_id: Option<Text>,
    /// The principal as an ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<Text>,
    /// The principal's account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<Text>,
    /// The access key or API key that proved it, never its secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<Text>,
    /// A name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<Text>,
    /// The part of the platform that acted by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoked_by: Option<Text>,
}

/// One thing that a call touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceName {
    /// Its ARN.
    #[serde(rename = "ARN")]
    pub arn: Text,
    /// The account that owns it.
    #[serde(rename = "accountId", default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<Text>,
    /// `AWS::HealthLake::FHIRDatastore`, or a FHIR resource type.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Text>,
}

impl Event {
    /// A record of an act that succeeded, changed something and touched nothing by name; the
    /// caller fills in what else is known.
    pub fn new(
        clock: &dyn Clock,
        ids: &dyn Ids,
        account: AccountId,
        source: impl Into<Text>,
        name: impl Into<Text>,
        category: Category,
    ) -> Self {
        Self {
            event_version: "1.08".into(),
            user_identity: UserIdentity::default(),
            event_time: clock.now(),
            event_source: source.into(),
            event_name: name.into(),
            aws_region: "us-east-1".into(),
            source_ip_address: "".into(),
            user_agent: "".into(),
            error_code: None,
            error_message: None,
            request_parameters: None,
            response_elements: None,
            additional_event_data: None,
            request_id: "".into(),
            event_id: tarn_domain::LogicalId::fresh(ids).to_string().into(),
            read_only: false,
            resources: Vec::new(),
            event_type: "AwsApiCall".into(),
            management_event: category == Category::Management,
            recipient_account_id: account.to_string().into(),
            event_category: category,
        }
    }
}

/// `eventTime` as CloudTrail writes it: UTC, whole seconds.
mod seconds {
    use super::*;

    pub(super) fn serialize<S: Serializer>(time: &Timestamp, s: S) -> Result<S::Ok, S::Error> {
        let mut text = time.to_string();
        text.truncate(text.len() - ".123Z".len());
        text.push('Z');
        s.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Timestamp, D::Error> {
        let text = Cow::<'de, str>::deserialize(d)?;
        super::parse_seconds(&text).ok_or_else(|| serde::de::Error::custom("not a CloudTrail time"))
    }
}

/// Reads `2026-11-22T23:38:08Z`, and nothing else.
pub(crate) fn parse_seconds(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let shape = "0000-00-00T00:00:00Z".bytes();
    let fits = |(b, s): (&u8, u8)| if s == b'0' { b.is_ascii_digit() } else { *b == s };
    if bytes.len() != 20 || !bytes.iter().zip(shape).all(fits) {
        return None;
    }
    let number = |from: usize, to: usize| text[from..to].parse::<u32>().ok();
    let (month, day) = (number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let date = Timestamp::from_civil(i64::from(number(0, 4)?), month, day);
    if date.civil().1 != month || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let of_day = i64::from(hour * 3_600 + minute * 60 + second);
    Some(Timestamp::from_micros(date.micros() + of_day * 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_it_was_written() {
        let time = parse_seconds("2024-02-29T23:59:58Z").unwrap();
        assert_eq!(time.to_string(), "2024-02-29T23:59:58.000Z");
        for bad in ["2023-02-29T00:00:00Z", "2024-02-29T24:00:00Z", "2024-2-29T00:00:00Z0", ""] {
            assert_eq!(parse_seconds(bad), None, "{bad}");
        }
    }
}
