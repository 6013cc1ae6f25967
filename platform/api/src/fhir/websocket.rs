//! Notifications by WebSocket: `/datastore/{id}/websocket`.
//!
//! A client binds with a token (`bind-with-token {token}`, Backport guide), or with its API key in
//! the request's header by the subscription's id (`bind {id}`, R4). It hears a handshake, or
//! `bound {id}`, then what is told.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use actix_ws::{CloseCode, CloseReason, Message, MessageStream, Session};
use futures_util::StreamExt;
use tarn_app::Call;
use tarn_app::clinical::Asking;
use tarn_app::clinical::parameters::Parameters;
use tarn_app::subscriptions::{self, Bound, Push, Sockets};
use tarn_domain::{Kind, Problem, RequestId, StoreId};
use tokio::sync::mpsc;

use super::{negotiate, no_store, respond};
use crate::{Door, caller};

/// Who binds to nothing in this time is let go.
const TO_BIND: Duration = Duration::from_secs(30);
/// Who is not heard of for so long is gone.
const SILENCE: Duration = Duration::from_secs(90);
const PING: Duration = Duration::from_secs(30);
/// So long is a socket believed; then its client has to prove itself again.
const LONGEST: Duration = Duration::from_secs(3_600);
/// What a client may send at once.
const FRAME: usize = 16 * 1024;

/// One socket.
struct Socket {
    door: web::Data<Door>,
    request: RequestId,
    /// Who called, where the request carried an API key.
    call: Option<Call>,
    store: StoreId,
    session: Session,
    pushes: mpsc::Sender<Push>,
    bound: Vec<Bound>,
    began: Instant,
    heard: Instant,
    pinged: Instant,
}

pub(super) async fn open(request: HttpRequest, payload: Payload) -> HttpResponse {
    let opened = begin(&request, payload).await;
    opened.unwrap_or_else(|problem| {
        let media = negotiate::media(request.headers(), &Parameters::default());
        respond::refusal(&request, media.unwrap_or_default(), &problem)
    })
}

async fn begin(request: &HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let store: StoreId = request.match_info().query("store").parse().map_err(|_| no_store())?;
    let door = caller::door(request)?.clone();
    let call = match request.headers().contains_key(AUTHORIZATION) {
        true => Some(caller::call(request).await?),
        false => None,
    };
    let id = caller::request_id(request)?;
    let (answer, session, messages) = actix_ws::handle(request, payload).map_err(|_| {
        let words = "This path speaks WebSocket: send an upgrade request.";
        Problem::new(Kind::Invalid, "no-websocket", words)
    })?;
    let (pushes, pushed) = Sockets::channel();
    let now = Instant::now();
    let socket = Socket {
        door,
        request: id,
        call,
        store,
        session,
        pushes,
        bound: Vec::new(),
        began: now,
        heard: now,
        pinged: now,
    };
    actix_web::rt::spawn(socket.run(messages.max_frame_size(FRAME), pushed));
    Ok(answer)
}

impl Socket {
    async fn run(mut self, mut messages: MessageStream, mut pushed: mpsc::Receiver<Push>) {
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        let why = loop {
            let gone = tokio::select! {
                message = messages.next() => self.hear(message).await,
                Some(push) = pushed.recv() => self.tell(push).await,
                _ = tick.tick() => self.look().await,
            };
            if let Err(why) = gone {
                break why;
            }
        };
        // Nothing more is taken for this socket; what was not told yet is told elsewhere.
        self.bound.clear();
        let _ = self.session.close(why).await;
    }

    async fn tell(&mut self, push: Push) -> Result<(), Option<CloseReason>> {
        self.session.text(push.text).await.map_err(|_| None)?;
        // Nobody may wait for it any more.
        let _ = push.done.send(());
        Ok(())
    }

    async fn look(&mut self) -> Result<(), Option<CloseReason>> {
        let now = Instant::now();
        if self.door.stopping.load(Ordering::Relaxed) {
            return Err(reason(CloseCode::Restart, "the server stops"));
        }
        if self.bound.is_empty() && now - self.began > TO_BIND {
            return Err(reason(CloseCode::Policy, "nothing was bound"));
        }
        if now - self.began > LONGEST {
            return Err(reason(CloseCode::Policy, "bind anew"));
        }
        if now - self.heard > SILENCE {
            return Err(reason(CloseCode::Away, "nothing was heard"));
        }
        if now - self.pinged > PING {
            self.pinged = now;
            self.session.ping(b"").await.map_err(|_| None)?;
        }
        Ok(())
    }

    async fn hear(
        &mut self,
        message: Option<Result<Message, actix_ws::ProtocolError>>,
    ) -> Result<(), Option<CloseReason>> {
        self.heard = Instant::now();
        match message {
            Some(Ok(Message::Text(text))) => self.command(text.trim()).await,
            Some(Ok(Message::Ping(bytes))) => self.session.pong(&bytes).await.map_err(|_| None),
            Some(Ok(Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Close(_))) | None => Err(None),
            Some(Ok(_)) => Err(reason(CloseCode::Unsupported, "only text is understood")),
            Some(Err(_)) => Err(reason(CloseCode::Protocol, "not understood")),
        }
    }

    async fn command(&mut self, text: &str) -> Result<(), Option<CloseReason>> {
        let (word, rest) = text.split_once([' ', ':']).unwrap_or((text, ""));
        let rest = rest.trim_start_matches(':').trim();
        let bound = match word {
            "bind-with-token" => {
                let platform = &self.door.platform;
                let (store, pushes) = (self.store, &self.pushes);
                subscriptions::bind_with_token(platform, self.request, store, rest, pushes).await
            }
            "bind" => self.bind(rest).await.map(|bound| vec![bound]),
            _ => return Err(reason(CloseCode::Policy, "bind-with-token or bind")),
        };
        match bound {
            Ok(bound) => {
                for bound in bound {
                    self.session.text(bound.first.as_str()).await.map_err(|_| None)?;
                    self.bound.push(bound);
                }
                Ok(())
            }
            // Public words only, and short enough for a close frame.
            Err(problem) => Err(reason(CloseCode::Policy, problem.public())),
        }
    }

    async fn bind(&self, id: &str) -> Result<Bound, Problem> {
        let call = self.call.as_ref().ok_or_else(|| {
            let words = "Send an API key with the request, or bind with a token.";
            Problem::new(Kind::Unauthenticated, "unauthenticated", words)
        })?;
        let id = id.parse().map_err(|_| {
            Problem::new(Kind::NotFound, "not-found", "There is no such subscription.")
        })?;
        let asking = Asking { platform: &self.door.platform, call, store: self.store };
        subscriptions::bind(asking, &id, self.pushes.clone()).await
    }
}

fn reason(code: CloseCode, words: &str) -> Option<CloseReason> {
    // A control frame holds 125 bytes at most.
    let short: String = words.chars().filter(char::is_ascii).take(120).collect();
    Some(CloseReason { code, description: Some(short) })
}
