//! FHIRPath Patch: operations in a Parameters resource, each with its place as a FHIRPath
//! (<https://hl7.org/fhir/R4/fhirpatch.html>).

mod edit;
mod list;
mod operation;
mod place;
#[cfg(test)]
mod tests;
mod value;

use tarn_domain::{Explain as _, Issue, IssueCode, Kind as ProblemKind, Problem, Timestamp};
use tarn_fhir::json::{Document, Value};
use tarn_fhirpath::{Environment, Error, Item, Node};

use operation::Operation;

use super::MAX_OPERATIONS;

/// So many bytes of resources may be gone through by one patch: each operation sees what the one
/// before has left.
const MAX_BYTES: usize = 64 << 20;

/// Applies the operations of a Parameters resource to a resource; what comes of it as JSON text.
///
/// # Errors
/// Invalid where the patch is none; unprocessable where it does not apply.
pub(super) fn apply(
    resource: &Document<'_>,
    patch: &Document<'_>,
    now: Timestamp,
) -> Result<Vec<u8>, Problem> {
    let operations = operations(patch.root())?;
    let mut text = resource.text().as_bytes().to_vec();
    let mut seen = 0;
    for operation in &operations {
        seen += text.len();
        if seen > MAX_BYTES {
            let words = "The patch has too many operations for a resource of this size.";
            return Err(Problem::new(ProblemKind::Unprocessable, "patch-too-costly", words));
        }
        text = run(&text, operation, now)?;
    }
    Ok(text)
}

fn operations(root: Value<'_>) -> Result<Vec<Operation<'_>>, Problem> {
    let type_ = root.get("resourceType").and_then(Value::as_str);
    if type_.as_deref() != Some("Parameters") {
        let words = "A FHIRPath Patch is a Parameters resource.";
        return Err(Problem::new(ProblemKind::Invalid, "bad-patch", words));
    }
    let all = root.get("parameter").into_iter().flat_map(Value::items).enumerate();
    let read: Vec<_> = all
        .map(|(index, parameter)| Operation::read(index, parameter))
        .collect::<Result<_, _>>()?;
    if read.len() > MAX_OPERATIONS {
        let words = format!("A patch may have {MAX_OPERATIONS} operations at most.");
        return Err(Problem::new(ProblemKind::Invalid, "bad-patch", words));
    }
    Ok(read)
}

fn run(text: &[u8], operation: &Operation<'_>, now: Timestamp) -> Result<Vec<u8>, Problem> {
    let document = Document::parse(text)
        .map_err(|_| operation.refuse("what the operations before have left is no JSON"))?;
    let found = find(&document, operation, now)?;
    let mut root = super::tree::Node::Kept(document.root());
    edit::run(&mut root, operation, &found).map_err(|words| operation.refuse(&words))?;
    let mut out = Vec::with_capacity(text.len() + 64);
    root.write(&mut out);
    Ok(out)
}

/// The elements at the path of an operation.
fn find<'d>(
    document: &'d Document<'_>,
    operation: &Operation<'_>,
    now: Timestamp,
) -> Result<Vec<Node<'d>>, Problem> {
    let node = Node::resource(document);
    let found = operation.path.evaluate(node, &Environment::new(now));
    let items = found.map_err(|error| failed(operation, &error))?;
    let element = |item: &Item<'d>| {
        item.node()
            .ok_or_else(|| operation.refuse("the path must lead to elements of the resource"))
    };
    items.iter().map(element).collect()
}

fn failed(operation: &Operation<'_>, error: &Error) -> Problem {
    let mut problem = error.explain();
    for issue in &mut problem.issues {
        issue.diagnostics = format!("{}: {}", operation.words(), issue.diagnostics);
        issue.expression = Some(operation.at());
    }
    problem
}

impl Operation<'_> {
    /// The operation does not apply.
    fn refuse(&self, words: &str) -> Problem {
        let words = format!("{}: {words}.", self.words());
        let issue = Issue::error(IssueCode::Processing, words).at(self.at());
        Problem::with_issues(ProblemKind::Unprocessable, "patch-does-not-apply", vec![issue])
    }
}
