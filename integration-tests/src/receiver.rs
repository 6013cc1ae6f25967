//! An HTTP endpoint that keeps what it is sent.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a debug build on a busy machine may take to send something.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request that was received.
#[derive(Debug, Clone)]
pub struct Received {
    /// `POST /hook`
    pub line: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Received {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// A header's value; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }
}

#[derive(Debug, Default)]
struct Inbox {
    received: Vec<Received>,
    /// Statuses to answer with; 200 when they are used up.
    answers: VecDeque<u16>,
    /// While it is set, every answer is this.
    always: Option<u16>,
}

/// A little HTTP server on a port of its own, until it is dropped.
#[derive(Debug)]
pub struct Receiver {
    base: String,
    inbox: Arc<(Mutex<Inbox>, Condvar)>,
}

impl Receiver {
    /// Starts one.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let inbox: Arc<(Mutex<Inbox>, Condvar)> = Arc::default();
        let kept = Arc::downgrade(&inbox);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Some(inbox) = kept.upgrade() else { return };
                thread::spawn(move || serve(stream, &inbox));
            }
        });
        Self { base, inbox }
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Answers the next requests so, in this order.
    pub fn answer(&self, statuses: &[u16]) {
        self.inbox.0.lock().expect("no thread panics").answers.extend(statuses);
    }

    /// Answers everything so, until told otherwise.
    pub fn always(&self, status: Option<u16>) {
        self.inbox.0.lock().expect("no thread panics").always = status;
    }

    /// What was received so far.
    pub fn received(&self) -> Vec<Received> {
        self.inbox.0.lock().expect("no thread panics").received.clone()
    }

    /// Waits until what was received is enough, and gives it.
    pub fn wait(&self, enough: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        let begun = Instant::now();
        let mut inbox = self.inbox.0.lock().expect("no thread panics");
        while !enough(&inbox.received) {
            let left = PATIENCE.saturating_sub(begun.elapsed());
            assert!(!left.is_zero(), "it does not come: {:#?}", lines(&inbox.received));
            inbox = self.inbox.1.wait_timeout(inbox, left).expect("no thread panics").0;
        }
        inbox.received.clone()
    }
}

fn lines(received: &[Received]) -> Vec<String> {
    let text = |it: &Received| format!("{} {}", it.line, String::from_utf8_lossy(&it.body));
    received.iter().map(text).collect()
}

fn serve(mut stream: TcpStream, inbox: &(Mutex<Inbox>, Condvar)) {
    let Ok(read) = stream.try_clone() else { return };
    let mut reader = BufReader::new(read);
    while let Some(received) = receive(&mut reader) {
        let status = {
            let mut inbox = inbox.0.lock().expect("no thread panics");
            inbox.received.push(received);
            let scripted = inbox.answers.pop_front();
            scripted.or(inbox.always).unwrap_or(200)
        };
        inbox.1.notify_all();
        let more = if status == 302 { "location: http://127.0.0.1:1/\r\n" } else { "" };
        let answer = format!("HTTP/1.1 {status} x\r\n{more}content-length: 0\r\n\r\n");
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn receive(reader: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Received { line, headers, body })
}
