//! Lines of the result logs, as HealthLake writes them: one JSON object for each input line.
//!
//! In the notes, a line `#n` says that what follows is of the input file with index `n`.

use std::io::Write;

use tarn_domain::{Issue, IssueCode};
use tarn_fhir::json::escape_into;

/// Log lines of one block, in the order of the input.
#[derive(Debug, Default)]
pub(crate) struct LogLines {
    text: Vec<u8>,
    file: Option<usize>,
}

impl LogLines {
    /// A resource that was taken.
    pub(crate) fn taken(&mut self, file: usize, line: u64, type_: &str, id: &str) {
        self.open(file, line);
        self.text.extend_from_slice(b"{\"resourceType\":");
        escape_into(type_, &mut self.text);
        self.text.extend_from_slice(b",\"id\":");
        escape_into(id, &mut self.text);
        self.text.push(b'}');
        self.close(200);
    }

    /// A resource that was not, or not without remark.
    pub(crate) fn outcome(&mut self, file: usize, line: u64, issues: &[Issue], status: u16) {
        self.open(file, line);
        self.text.extend_from_slice(b"{\"resourceType\":\"OperationOutcome\",\"issue\":[");
        for (n, issue) in issues.iter().enumerate() {
            if n > 0 {
                self.text.push(b',');
            }
            issue_into(issue, &mut self.text);
        }
        self.text.extend_from_slice(b"]}");
        self.close(status);
    }

    pub(crate) fn into_text(self) -> Vec<u8> {
        self.text
    }

    pub(crate) fn bytes(&self) -> usize {
        self.text.len()
    }

    fn open(&mut self, file: usize, line: u64) {
        if self.file.replace(file) != Some(file) {
            // Writing to a vector does not fail.
            let _ = writeln!(self.text, "#{file}");
        }
        let _ = write!(self.text, "{{\"lineId\":{line},\"UpdateResourceResponse\":{{\"jsonBlob\":");
    }

    fn close(&mut self, status: u16) {
        let _ = writeln!(self.text, ",\"statusCode\":{status}}}}}");
    }
}

fn issue_into(issue: &Issue, out: &mut Vec<u8>) {
    let (severity, code) = (issue.severity.as_str(), issue.code.as_str());
    let _ = write!(out, "{{\"severity\":\"{severity}\",\"code\":\"{code}\",\"diagnostics\":");
    escape_into(&issue.diagnostics, out);
    if let Some(expression) = &issue.expression {
        out.extend_from_slice(b",\"expression\":[");
        escape_into(expression, out);
        out.push(b']');
    }
    out.push(b'}');
}

/// HealthLake's words and code for a resource without an id.
pub(crate) fn missing_id() -> Issue {
    Issue::error(IssueCode::Processing, "Missing required id field in resource json")
}

/// HealthLake's words for an id that is none.
pub(crate) fn bad_id() -> Issue {
    let words = "Member must satisfy regular expression pattern: [A-Za-z0-9-.]{1,64}";
    Issue::error(IssueCode::Value, words).at("id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_lines_are_json_as_healthlake_lays_it_out() {
        let mut lines = LogLines::default();
        lines.outcome(3, 9, &[missing_id()], 400);
        lines.taken(3, 10, "Patient", "a.b");
        lines.outcome(4, 1, &[bad_id(), Issue::error(IssueCode::Value, "a \"quote\"")], 400);
        let text = String::from_utf8(lines.into_text()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "#3");
        assert_eq!(
            lines[1],
            "{\"lineId\":9,\"UpdateResourceResponse\":{\"jsonBlob\":{\"resourceType\":\
             \"OperationOutcome\",\"issue\":[{\"severity\":\"error\",\"code\":\"processing\",\
             \"diagnostics\":\"Missing required id field in resource json\"}]},\
             \"statusCode\":400}}"
        );
        assert_eq!(
            lines[2],
            "{\"lineId\":10,\"UpdateResourceResponse\":{\"jsonBlob\":{\"resourceType\":\
             \"Patient\",\"id\":\"a.b\"},\"statusCode\":200}}"
        );
        assert_eq!(lines[3], "#4");
        let last: serde_json::Value = serde_json::from_str(lines[4]).unwrap();
        let issues = &last["UpdateResourceResponse"]["jsonBlob"]["issue"];
        assert_eq!(issues[0]["expression"][0], "id");
        assert_eq!(issues[1]["diagnostics"], "a \"quote\"");
    }
}
