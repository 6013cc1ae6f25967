//! The one writer of an organisation's audit trail.

use std::path::PathBuf;
use std::sync::Arc;

use actix::prelude::*;
use tarn_audit::{AuditError, Batch, Entry, Trail};
use tarn_domain::{OrganizationId, StoreId};
use tarn_keys::MasterKeys;
use tokio::sync::oneshot;

use crate::error::ActorError;

/// Entries that may wait for the disk.
const WAITING: usize = 32_768;

/// Whom to tell that an entry is durable.
type Reply = oneshot::Sender<Result<(), ActorError>>;

/// Where a trail lies.
#[derive(Clone)]
pub(crate) struct TrailPlace {
    pub folder: PathBuf,
    pub organization: OrganizationId,
    pub masters: Arc<dyn MasterKeys>,
}

impl TrailPlace {
    /// Opens the trail; one that is not there is made only where the organisation is new.
    pub(crate) fn open(&self) -> Result<Trail, AuditError> {
        Trail::open(&self.folder, self.organization, &*self.masters)
    }
}

pub(crate) struct AuditActor {
    place: TrailPlace,
    /// None while it is on the blocking pool, or when it must be opened anew.
    trail: Option<Trail>,
    away: bool,
    waiting: Vec<(What, Reply)>,
}

enum What {
    Entries(Vec<Entry>),
    Drained(StoreId, u64, Vec<Entry>),
}

impl AuditActor {
    pub(crate) fn new(place: TrailPlace, trail: Trail) -> Self {
        Self { place, trail: Some(trail), away: false, waiting: Vec::new() }
    }

    fn add(&mut self, what: What, reply: Reply, ctx: &mut Context<Self>) {
        if self.waiting.len() >= WAITING {
            let _ = reply.send(Err(ActorError::Busy("the audit trail")));
            return;
        }
        self.waiting.push((what, reply));
        self.turn(ctx);
    }

    /// Puts all that waits on the disk, if nothing is on its way there.
    fn turn(&mut self, ctx: &mut Context<Self>) {
        if self.away || self.waiting.is_empty() {
            return;
        }
        self.away = true;
        let group = std::mem::take(&mut self.waiting);
        let (trail, place) = (self.trail.take(), self.place.clone());
        let work = tokio::task::spawn_blocking(move || write(trail, &place, group));
        let home = work.into_actor(self).map(|done, actor, ctx| {
            actor.away = false;
            // After a failure, or a panic, nobody knows where the chain ends: it is read anew.
            actor.trail = done.ok().flatten();
            actor.turn(ctx);
        });
        ctx.spawn(home);
    }
}

/// Writes a group and tells everyone; gives the trail back while it is sound.
fn write(trail: Option<Trail>, place: &TrailPlace, group: Vec<(What, Reply)>) -> Option<Trail> {
    let mut batch = Batch::new();
    let mut replies = Vec::with_capacity(group.len());
    for (what, reply) in group {
        match what {
            What::Entries(entries) => batch.add(entries),
            What::Drained(store, n, entries) => batch.drain(store, n, entries),
        }
        replies.push(reply);
    }
    let mut trail = match trail.map_or_else(|| place.open(), Ok) {
        Ok(trail) => trail,
        Err(error) => {
            refuse(replies, error);
            return None;
        }
    };
    match trail.commit(batch) {
        Ok(_) => {
            replies.into_iter().for_each(|reply| drop(reply.send(Ok(()))));
            Some(trail)
        }
        Err(error) => {
            refuse(replies, error);
            None
        }
    }
}

fn refuse(replies: Vec<Reply>, error: AuditError) {
    tracing::error!(%error, "the audit trail could not be written");
    let error = ActorError::from(error);
    replies.into_iter().for_each(|reply| drop(reply.send(Err(error.clone()))));
}

impl Actor for AuditActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(WAITING);
    }
}

/// An entry of a call that changed nothing in a store.
pub(super) struct Record {
    pub entry: Entry,
    pub reply: Reply,
}

/// What a store's outbox holds up to `n`.
pub(super) struct Drain {
    pub store: StoreId,
    pub n: u64,
    pub entries: Vec<Entry>,
    pub reply: Reply,
}

impl Message for Record {
    type Result = ();
}

impl Message for Drain {
    type Result = ();
}

impl Handler<Record> for AuditActor {
    type Result = ();

    fn handle(&mut self, Record { entry, reply }: Record, ctx: &mut Context<Self>) {
        self.add(What::Entries(vec![entry]), reply, ctx);
    }
}

impl Handler<Drain> for AuditActor {
    type Result = ();

    fn handle(&mut self, drain: Drain, ctx: &mut Context<Self>) {
        let Drain { store, n, entries, reply } = drain;
        self.add(What::Drained(store, n, entries), reply, ctx);
    }
}
