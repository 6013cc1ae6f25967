//! A small HTTP/1.1 client: one connection, kept alive, one request at a time.

use std::io;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::error::Failure;

/// One connection to a server, as one caller.
pub(super) struct Client {
    stream: TcpStream,
    key: String,
    buffer: Vec<u8>,
}

/// What came back; the body is in the client until the next request.
pub(super) struct Answer<'a> {
    /// The status.
    pub(super) status: u16,
    /// The body.
    pub(super) body: &'a [u8],
}

impl Client {
    /// Connects.
    pub(super) async fn connect(address: &str, key: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, key: key.to_owned(), buffer: Vec::with_capacity(64 << 10) })
    }

    /// The bytes of a request, to be sent many times.
    pub(super) fn request(&self, method: &str, path: &str, body: &str) -> Vec<u8> {
        let key = &self.key;
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: bench\r\n");
        if !key.is_empty() {
            head.push_str(&format!("authorization: Bearer {key}\r\n"));
        }
        if !body.is_empty() {
            let length = body.len();
            head.push_str(&format!(
                "content-type: application/fhir+json\r\ncontent-length: {length}\r\n"
            ));
        }
        format!("{head}\r\n{body}").into_bytes()
    }

    /// Sends a request and reads its answer.
    pub(super) async fn send(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let status = self.status()?;
        let body = match header(&self.buffer[..head], "content-length") {
            Some(length) => {
                let length: usize = length.parse().map_err(|_| odd("content-length"))?;
                while self.buffer.len() < head + length {
                    self.more().await?;
                }
                head..head + length
            }
            None if header(&self.buffer[..head], "transfer-encoding").is_some() => {
                self.unchunk(head).await?
            }
            None => head..head,
        };
        Ok(Answer { status, body: &self.buffer[body] })
    }

    /// Sends a request of our own API and reads the JSON that it answers.
    pub(super) async fn json(
        &mut self,
        method: &str,
        path: &str,
        body: &str,
    ) -> Result<Value, Failure> {
        let request = self.request(method, path, body);
        let answer = self.send(&request).await?;
        let text = String::from_utf8_lossy(answer.body).into_owned();
        if answer.status >= 300 {
            return Err(Failure::new(format_args!("{method} {path}: {}: {text}", answer.status)));
        }
        serde_json::from_str(&text).map_err(Failure::new)
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    fn status(&self) -> io::Result<u16> {
        let text = self.buffer.get(9..12).and_then(|code| std::str::from_utf8(code).ok());
        text.and_then(|code| code.parse().ok()).ok_or_else(|| odd("status"))
    }

    /// Puts the chunks of a body together behind the head.
    async fn unchunk(&mut self, head: usize) -> io::Result<std::ops::Range<usize>> {
        let (mut at, mut end) = (head, head);
        loop {
            let line = loop {
                if let Some(line) = find(&self.buffer[at..], b"\r\n") {
                    break line;
                }
                self.more().await?;
            };
            let size = std::str::from_utf8(&self.buffer[at..at + line]).ok();
            let size = size.and_then(|hex| usize::from_str_radix(hex.trim(), 16).ok());
            let size = size.ok_or_else(|| odd("chunk"))?;
            at += line + 2;
            while self.buffer.len() < at + size + 2 {
                self.more().await?;
            }
            self.buffer.copy_within(at..at + size, end);
            (at, end) = (at + size + 2, end + size);
            if size == 0 {
                return Ok(head..end);
            }
        }
    }
}

fn header<'a>(head: &'a [u8], name: &str) -> Option<&'a str> {
    let lines = std::str::from_utf8(head).ok()?.split("\r\n").skip(1);
    lines
        .filter_map(|line| line.split_once(':'))
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn odd(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
