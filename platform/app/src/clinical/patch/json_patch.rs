//! JSON Patch (RFC 6902): its six operations, each with its place in a JSON Pointer (RFC 6901).

use tarn_domain::{Issue, IssueCode, Kind as ProblemKind, Problem};
use tarn_fhir::json::{Document, Kind, MAX_DEPTH, Value};

use super::MAX_OPERATIONS;
use super::tree::{Node, same};

/// So many bytes may be copied by one patch: copies of copies would grow without bound.
const MAX_COPIED: usize = 8 << 20;

/// Applies a patch document to a resource; what comes of it as JSON text.
///
/// # Errors
/// Invalid where the patch is none; unprocessable where it does not apply.
pub(super) fn apply(resource: &Document<'_>, patch: &Document<'_>) -> Result<Vec<u8>, Problem> {
    if patch.root().kind() != Kind::Array {
        return Err(malformed(None, "A JSON Patch is an array of operations."));
    }
    if patch.root().items().count() > MAX_OPERATIONS {
        let words = format!("A patch may have {MAX_OPERATIONS} operations at most.");
        return Err(malformed(None, &words));
    }
    let mut root = Node::Kept(resource.root());
    let mut copied = 0;
    for (index, value) in patch.root().items().enumerate() {
        let operation = Operation::read(index, value)?;
        operation.run(&mut root, &mut copied).map_err(|words| does_not_apply(index, words))?;
    }
    let mut out = Vec::with_capacity(resource.text().len() + 64);
    root.write(&mut out);
    Ok(out)
}

struct Operation<'d> {
    path: Vec<String>,
    act: Act<'d>,
}

enum Act<'d> {
    Add(Value<'d>),
    Remove,
    Replace(Value<'d>),
    Move(Vec<String>),
    Copy(Vec<String>),
    Test(Value<'d>),
}

type Applied<T> = Result<T, &'static str>;

impl<'d> Operation<'d> {
    fn read(index: usize, operation: Value<'d>) -> Result<Self, Problem> {
        let pointer_at = |name: &str| {
            let text = operation.get(name).and_then(Value::as_str);
            let text = text.ok_or_else(|| malformed(Some(index), "A pointer is missing."))?;
            pointer(&text).ok_or_else(|| malformed(Some(index), "A pointer is not one."))
        };
        let value = || {
            let value = operation.get("value");
            value.ok_or_else(|| malformed(Some(index), "`value` is missing."))
        };
        let path = pointer_at("path")?;
        let act = match operation.get("op").and_then(Value::as_str).as_deref() {
            Some("add") => Act::Add(value()?),
            Some("remove") => Act::Remove,
            Some("replace") => Act::Replace(value()?),
            Some("move") => Act::Move(pointer_at("from")?),
            Some("copy") => Act::Copy(pointer_at("from")?),
            Some("test") => Act::Test(value()?),
            _ => {
                let words = "`op` must be add, remove, replace, move, copy or test.";
                return Err(malformed(Some(index), words));
            }
        };
        Ok(Self { path, act })
    }

    fn run(self, root: &mut Node<'d>, copied: &mut usize) -> Applied<()> {
        match self.act {
            Act::Add(value) => add(root, &self.path, Node::Kept(value)),
            Act::Remove => remove(root, &self.path).map(|_| ()),
            Act::Replace(value) => {
                let node = Node::Kept(value);
                fits(&self.path, &node)?;
                *find(root, &self.path)? = node;
                Ok(())
            }
            Act::Move(from) if self.path.len() > from.len() && self.path.starts_with(&from) => {
                Err("nothing can be moved into itself")
            }
            Act::Move(from) => {
                let node = remove(root, &from)?;
                add(root, &self.path, node)
            }
            Act::Copy(from) => {
                let node = find(root, &from)?;
                *copied += node.length();
                if *copied > MAX_COPIED {
                    return Err("the patch copies more than it may");
                }
                let node = node.clone();
                add(root, &self.path, node)
            }
            Act::Test(value) => test(find(root, &self.path)?, value),
        }
    }
}

fn find<'n, 'd>(root: &'n mut Node<'d>, path: &[String]) -> Applied<&'n mut Node<'d>> {
    path.iter().try_fold(root, |node, step| {
        node.open();
        match node {
            Node::Object(members) => {
                let member = members.iter_mut().find(|(key, _)| key == step);
                member.map(|(_, value)| value).ok_or("there is nothing at the path")
            }
            Node::Array(items) => {
                let at = index(step, items.len()).ok_or("there is nothing at the path")?;
                items.get_mut(at).ok_or("there is nothing at the path")
            }
            Node::Kept(_) | Node::Null => Err("the path goes through a value that has no inside"),
        }
    })
}

/// That documents nest no deeper than their parser takes them.
fn fits(path: &[String], node: &Node<'_>) -> Applied<()> {
    let deepest = path.len() + node.depth();
    if deepest <= MAX_DEPTH { Ok(()) } else { Err("the resource would nest too deep") }
}

fn add<'d>(root: &mut Node<'d>, path: &[String], node: Node<'d>) -> Applied<()> {
    fits(path, &node)?;
    let Some((last, parents)) = path.split_last() else {
        *root = node;
        return Ok(());
    };
    let parent = find(root, parents)?;
    parent.open();
    match parent {
        Node::Object(members) => {
            match members.iter_mut().find(|(key, _)| key == last) {
                Some((_, value)) => *value = node,
                None => members.push((last.clone().into(), node)),
            }
            Ok(())
        }
        Node::Array(items) => {
            let at = if last == "-" { Some(items.len()) } else { index(last, items.len() + 1) };
            items.insert(at.ok_or("the index is beyond the array's end")?, node);
            Ok(())
        }
        Node::Kept(_) | Node::Null => Err("the path goes through a value that has no inside"),
    }
}

fn remove<'d>(root: &mut Node<'d>, path: &[String]) -> Applied<Node<'d>> {
    let Some((last, parents)) = path.split_last() else {
        return Err("the whole resource cannot be removed");
    };
    let parent = find(root, parents)?;
    parent.open();
    match parent {
        Node::Object(members) => {
            let at = members.iter().position(|(key, _)| key == last);
            Ok(members.remove(at.ok_or("there is nothing at the path")?).1)
        }
        Node::Array(items) => {
            Ok(items.remove(index(last, items.len()).ok_or("there is nothing at the path")?))
        }
        Node::Kept(_) | Node::Null => Err("the path goes through a value that has no inside"),
    }
}

fn test(node: &Node<'_>, value: Value<'_>) -> Applied<()> {
    let mut text = Vec::new();
    node.write(&mut text);
    let found = Document::parse(&text).map_err(|_| "the value at the path is not JSON")?;
    if same(found.root(), value) { Ok(()) } else { Err("the test failed") }
}

/// An index of an array of that length: digits, no leading zero.
fn index(step: &str, length: usize) -> Option<usize> {
    let canonical = step == "0" || (!step.starts_with('0') && !step.starts_with('+'));
    let at = step.parse().ok().filter(|_| canonical)?;
    (at < length).then_some(at)
}

fn pointer(text: &str) -> Option<Vec<String>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let steps = text.strip_prefix('/')?.split('/');
    let is_escape = |rest: &str| rest.starts_with(['0', '1']);
    if !text.split('~').skip(1).all(is_escape) {
        return None;
    }
    Some(steps.map(|step| step.replace("~1", "/").replace("~0", "~")).collect())
}

fn malformed(index: Option<usize>, words: &str) -> Problem {
    let words = index.map_or_else(|| words.to_owned(), |at| format!("Operation {at}: {words}"));
    Problem::new(ProblemKind::Invalid, "bad-patch", words)
}

fn does_not_apply(index: usize, words: &str) -> Problem {
    let issue = Issue::error(IssueCode::Processing, format!("Operation {index}: {words}."));
    Problem::with_issues(ProblemKind::Unprocessable, "patch-does-not-apply", vec![issue])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patched(resource: &str, patch: &str) -> Result<String, ProblemKind> {
        let resource = Document::parse(resource.as_bytes()).unwrap();
        let patch = Document::parse(patch.as_bytes()).unwrap();
        let text = apply(&resource, &patch).map_err(|problem| problem.kind)?;
        Ok(String::from_utf8(text).unwrap())
    }

    #[test]
    fn every_operation_does_what_it_says() {
        let cases = [
            (
                r#"[{"op":"add","path":"/c","value":{"x":1.50}}]"#,
                r#"{"a":[1,2.0],"b":"x","c":{"x":1.50}}"#,
            ),
            (r#"[{"op":"add","path":"/a/1","value":7}]"#, r#"{"a":[1,7,2.0],"b":"x"}"#),
            (r#"[{"op":"add","path":"/a/-","value":7}]"#, r#"{"a":[1,2.0,7],"b":"x"}"#),
            (r#"[{"op":"add","path":"/b","value":"y"}]"#, r#"{"a":[1,2.0],"b":"y"}"#),
            (r#"[{"op":"remove","path":"/a/0"}]"#, r#"{"a":[2.0],"b":"x"}"#),
            (r#"[{"op":"replace","path":"/b","value":null}]"#, r#"{"a":[1,2.0],"b":null}"#),
            (r#"[{"op":"move","from":"/a/1","path":"/d"}]"#, r#"{"a":[1],"b":"x","d":2.0}"#),
            (r#"[{"op":"copy","from":"/a","path":"/d"}]"#, r#"{"a":[1,2.0],"b":"x","d":[1,2.0]}"#),
            (r#"[{"op":"test","path":"/a","value":[1.0,2]}]"#, r#"{"a":[1,2.0],"b":"x"}"#),
        ];
        for (patch, expected) in cases {
            assert_eq!(
                patched(r#"{"a":[1,2.0],"b":"x"}"#, patch).as_deref(),
                Ok(expected),
                "{patch}"
            );
        }
    }

    #[test]
    fn pointers_are_unescaped() {
        let patch = r#"[{"op":"replace","path":"/a~1b/m~0n","value":2}]"#;
        assert_eq!(patched(r#"{"a/b":{"m~n":1}}"#, patch).as_deref(), Ok(r#"{"a/b":{"m~n":2}}"#));
    }

    #[test]
    fn what_does_not_apply_is_unprocessable() {
        for patch in [
            r#"[{"op":"remove","path":"/nope"}]"#,
            r#"[{"op":"replace","path":"/nope","value":1}]"#,
            r#"[{"op":"add","path":"/a/9","value":1}]"#,
            r#"[{"op":"add","path":"/a/01","value":1}]"#,
            r#"[{"op":"test","path":"/a/0","value":2}]"#,
            r#"[{"op":"remove","path":""}]"#,
            r#"[{"op":"move","from":"/a","path":"/a/0"}]"#,
            r#"[{"op":"add","path":"/b/x","value":1}]"#,
            r#"[{"op":"add","path":"/a/-1","value":1}]"#,
            r#"[{"op":"add","path":"/a/1e0","value":1}]"#,
            r#"[{"op":"replace","path":"/a/-","value":1}]"#,
            r#"[{"op":"copy","from":"/nope","path":"/a/0"}]"#,
            r#"[{"op":"test","path":"/nope","value":null}]"#,
        ] {
            assert_eq!(
                patched(r#"{"a":[1],"b":"x"}"#, patch),
                Err(ProblemKind::Unprocessable),
                "{patch}"
            );
        }
    }

    #[test]
    fn copies_of_copies_end() {
        let grow = format!("[{}]", [r#"{"op":"copy","from":"","path":"/a/-"}"#; 900].join(","));
        assert_eq!(patched(r#"{"a":[]}"#, &grow), Err(ProblemKind::Unprocessable));
        let wide = format!("[{}]", [r#"{"op":"copy","from":"/a","path":"/b/-"}"#; 900].join(","));
        let large = format!(r#"{{"a":"{}","b":[]}}"#, "x".repeat(10_000));
        assert_eq!(patched(&large, &wide), Err(ProblemKind::Unprocessable));
    }

    #[test]
    fn what_is_no_patch_is_invalid() {
        for patch in [
            "{}",
            "[1]",
            r#"[{"op":"fly","path":"/a"}]"#,
            r#"[{"op":"add","path":"/a"}]"#,
            r#"[{"op":"add","path":"a","value":1}]"#,
            r#"[{"op":"move","path":"/a"}]"#,
            r#"[{"op":"remove","path":"/a~2"}]"#,
            r#"[{"op":"remove","path":"/a~"}]"#,
            r#"[{"path":"/a","value":1}]"#,
            r#"[{"op":"test","path":"/a"}]"#,
        ] {
            assert_eq!(patched(r#"{"a":[1]}"#, patch), Err(ProblemKind::Invalid), "{patch}");
        }
    }
}
