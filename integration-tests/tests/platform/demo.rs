//! `tarn demo`, as somebody who has never seen Tarn runs it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tarn_integration_tests::{Client, binary};

struct Demo {
    child: Child,
    lines: Vec<String>,
    took: Duration,
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// Runs the demo until it has printed its `curl`.
fn demo(folder: &Path) -> Demo {
    let begun = Instant::now();
    let mut command = Command::new(binary());
    command.args(["demo", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder.join("data"));
    let command = command.current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::null());
    let child = command.spawn().expect("the binary runs");
    let mut demo = Demo { child, lines: Vec::new(), took: Duration::ZERO };
    let output = BufReader::new(demo.child.stdout.take().expect("its output is ours"));
    for line in output.lines().map_while(Result::ok) {
        let last = line.contains("curl ");
        demo.lines.push(line);
        if last {
            demo.took = begun.elapsed();
            return demo;
        }
    }
    panic!("the demo ended: {:?}", demo.lines);
}

fn word(demo: &Demo, begins: &str) -> String {
    let words = demo.lines.iter().flat_map(|line| line.split([' ', '\'', '"']));
    words.map(str::to_owned).find(|word| word.starts_with(begins)).expect("it is printed")
}

#[test]
fn the_demo_ends_with_a_curl_that_answers_and_finds_itself_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = demo(folder.path());
    let (key, base) = (word(&first, "tarn_"), word(&first, "http://"));
    let base = base.split("/datastore").next().expect("a base").trim_end_matches('/').to_owned();
    let client = Client::new(&base, &key);
    let curl = first.lines.iter().find(|line| line.contains("curl ")).expect("a curl").clone();
    let answer = Command::new("sh").args(["-c", &curl.replace("curl ", "curl -sS ")]).output();
    if let Some(answer) = answer.ok().filter(|answer| answer.status.success()) {
        let body = String::from_utf8_lossy(&answer.stdout).into_owned();
        assert!(body.contains("\"Bundle\"") && body.contains("\"Patient\""), "{body}");
    }
    let stores = client.get("/api/v1/stores").expect(200).json();
    let id = stores["stores"][0]["id"].as_str().expect("a store").to_owned();
    let count = client.get(&format!("/datastore/{id}/r4/Patient?_summary=count")).expect(200);
    assert_eq!(count.json()["total"], 100);
    drop(first);

    let second = demo(folder.path());
    assert_eq!(word(&second, "tarn_"), key, "the second run finds what the first one made");
    assert!(second.took < Duration::from_secs(3), "{:?}", second.took);
}
