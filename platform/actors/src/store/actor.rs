//! The one owner of an open store.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use actix::prelude::*;
use tarn_audit::Entry;
use tarn_domain::{Clock, JobId, StoreId, Timestamp};
use tarn_store::{CommitError, Done, Engine, Erasure, LoadBlock, StoreError, WriteSet};
use tokio::sync::{oneshot, watch};

use super::Pins;
use super::turn::{CheckpointReply, CommitReply, EraseReply, Home, LoadReply, Turn, Wish};
use crate::audit::AuditHandle;

/// Write sets that may wait for the disk.
const WAITING: usize = 8_192;
/// Write sets that go to the disk together at most.
const GROUP: usize = 1_024;
/// Load blocks that may wait: an import keeps this many ready.
const LOADS: usize = 2;

pub(crate) struct StoreActor {
    pub id: StoreId,
    /// None while it is on the blocking pool.
    pub engine: Option<Engine>,
    pub audit: AuditHandle,
    pub clock: Arc<dyn Clock>,
    pub idle_after: Duration,
    /// When somebody last read or wrote, in microseconds.
    pub touched: Arc<AtomicI64>,
    pub pins: Arc<Pins>,
    /// Tells followers that something was committed.
    pub committed: watch::Sender<u64>,
    /// Set when the store is given up in good order.
    pub given_up: Arc<AtomicBool>,
    pub state: State,
}

/// What waits, and what is under way.
#[derive(Default)]
pub(crate) struct State {
    commits: VecDeque<(WriteSet, CommitReply)>,
    loads: VecDeque<(LoadBlock, LoadReply)>,
    erasures: VecDeque<(Erasure, EraseReply)>,
    checkpoints: Vec<(JobId, Wish, CheckpointReply)>,
    install: Option<Done>,
    delivered: Option<i64>,
    /// Entries may lie in the outbox that the trail does not have.
    outbox: bool,
    draining: bool,
    tidy: bool,
    closing: Option<oneshot::Sender<()>>,
}

impl StoreActor {
    /// Sends what waits to the disk, if the engine is at home.
    fn turn(&mut self, ctx: &mut Context<Self>) {
        let Some(engine) = self.engine.take() else { return };
        let state = &mut self.state;
        let commits = state.commits.drain(..state.commits.len().min(GROUP)).collect();
        let turn = Turn {
            commits,
            load: state.loads.pop_front(),
            erasure: state.erasures.pop_front(),
            checkpoints: std::mem::take(&mut state.checkpoints),
            install: state.install.take(),
            delivered: state.delivered.take(),
            outbox: state.outbox && !state.draining,
            tidy: std::mem::take(&mut state.tidy),
        };
        if turn.is_idle() {
            state.delivered = turn.delivered;
            self.engine = Some(engine);
            self.close_if_asked(ctx);
            return;
        }
        let changes = !turn.commits.is_empty() || turn.load.is_some() || turn.erasure.is_some();
        let work = tokio::task::spawn_blocking(move || turn.run(engine));
        ctx.spawn(work.into_actor(self).map(move |home, actor, ctx| match home {
            Ok(home) => actor.come_home(home, changes, ctx),
            Err(_) => {
                // A panic took the engine along: whoever waits is told by their reply's end, and
                // the store is opened anew from disk.
                tracing::error!(store.id = %actor.id, "a store's engine panicked");
                ctx.stop();
            }
        }));
    }

    fn come_home(&mut self, home: Home, changes: bool, ctx: &mut Context<Self>) {
        let Home { engine, install, task, outbox, tidy } = home;
        if engine.is_lost() {
            tracing::error!(store.id = %self.id, "a store's last write is unknown, it is reopened");
            self.engine = Some(engine);
            ctx.stop();
            return;
        }
        if changes {
            self.committed.send_replace(engine.published().load().t());
        }
        self.engine = Some(engine);
        self.state.tidy |= tidy;
        if install.is_some() {
            self.state.install = install;
        } else if task.is_none() && changes {
            self.state.tidy = true;
        }
        if let Some(task) = task {
            let work = tokio::task::spawn_blocking(move || task.run());
            ctx.spawn(work.into_actor(self).map(|done, actor, ctx| actor.task_done(done, ctx)));
        }
        self.state.outbox = changes || !outbox.is_empty();
        self.drain(outbox, ctx);
        self.turn(ctx);
    }

    fn task_done(
        &mut self,
        done: Result<Result<Done, StoreError>, tokio::task::JoinError>,
        ctx: &mut Context<Self>,
    ) {
        match done {
            Ok(Ok(done)) => self.state.install = Some(done),
            Ok(Err(error)) => tracing::error!(store.id = %self.id, %error, "upkeep failed"),
            Err(_) => tracing::error!(store.id = %self.id, "upkeep panicked"),
        }
        if self.state.install.is_none()
            && let Some(engine) = &mut self.engine
        {
            engine.task_failed();
        }
        self.turn(ctx);
    }

    /// Brings the outbox to the trail.
    fn drain(&mut self, outbox: Vec<tarn_store::OutboxEntry>, ctx: &mut Context<Self>) {
        let Some(last) = outbox.last().map(|entry| entry.n) else {
            return;
        };
        let read = |entry: tarn_store::OutboxEntry| Entry::from_bytes(entry.entry);
        let entries = outbox.into_iter().map(read).collect::<Result<Vec<_>, _>>();
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                tracing::error!(store.id = %self.id, %error, "an outbox entry is no audit entry");
                return;
            }
        };
        self.state.draining = true;
        let (audit, id) = (self.audit.clone(), self.id);
        let work = async move { audit.drain(id, last as u64, entries).await };
        ctx.spawn(work.into_actor(self).map(move |done, actor, ctx| {
            actor.state.draining = false;
            match done {
                Ok(()) => actor.state.delivered = Some(last),
                // It stays in the outbox, and is tried again with the next write or tick.
                Err(error) => tracing::error!(store.id = %actor.id, %error, "the outbox waits"),
            }
            if done_is_ok(actor.state.delivered, last) {
                actor.turn(ctx);
            }
        }));
    }

    fn tick(&mut self, ctx: &mut Context<Self>) {
        let now = self.clock.now();
        self.pins.sweep(now);
        // What was erased leaves the file once nobody reads it any more.
        self.state.tidy |= self.engine.as_ref().is_some_and(Engine::is_scrubbing);
        let touched = Timestamp::from_micros(self.touched.load(Ordering::Relaxed));
        if now.since(touched) >= self.idle_after && self.state.closing.is_none() {
            let (reply, _) = oneshot::channel();
            self.state.closing = Some(reply);
        }
        self.turn(ctx);
    }

    /// Gives the store up once nothing waits any more.
    fn close_if_asked(&mut self, ctx: &mut Context<Self>) {
        if self.state.draining || self.state.install.is_some() {
            return;
        }
        let Some(reply) = self.state.closing.take() else { return };
        let Some(mut engine) = self.engine.take() else { return };
        if let Some(n) = self.state.delivered.take() {
            engine.delivered(n);
        }
        let work = tokio::task::spawn_blocking(move || engine.close());
        let id = self.id;
        ctx.wait(work.into_actor(self).map(move |closed, actor, ctx| {
            if let Ok(Err(error)) = closed {
                tracing::warn!(store.id = %id, %error, "a store was closed without a flush");
            }
            actor.given_up.store(true, Ordering::Release);
            let _ = reply.send(());
            ctx.stop();
        }));
    }
}

/// Whether the drain up to `last` got through.
fn done_is_ok(delivered: Option<i64>, last: i64) -> bool {
    delivered == Some(last)
}

impl Actor for StoreActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(WAITING);
        // What the last process did not get into the trail goes there first.
        self.state.outbox = true;
        self.turn(ctx);
        ctx.run_interval(Duration::from_secs(15), |actor, ctx| actor.tick(ctx));
    }
}

pub(super) struct Commit(pub WriteSet, pub CommitReply);
pub(super) struct Load(pub LoadBlock, pub LoadReply);
pub(super) struct Erase(pub Erasure, pub EraseReply);
pub(super) struct Mark(pub JobId, pub Wish, pub CheckpointReply);
/// Gives the store up when all that waits is done.
pub(crate) struct Close(pub oneshot::Sender<()>);

impl Message for Commit {
    type Result = ();
}
impl Message for Load {
    type Result = ();
}
impl Message for Erase {
    type Result = ();
}
impl Message for Mark {
    type Result = ();
}
impl Message for Close {
    type Result = ();
}

impl Handler<Commit> for StoreActor {
    type Result = ();

    fn handle(&mut self, Commit(set, reply): Commit, ctx: &mut Context<Self>) {
        if self.state.commits.len() >= WAITING {
            let _ = reply.send(Err(CommitError::Busy));
            return;
        }
        self.state.commits.push_back((set, reply));
        self.turn(ctx);
    }
}

impl Handler<Load> for StoreActor {
    type Result = ();

    fn handle(&mut self, Load(block, reply): Load, ctx: &mut Context<Self>) {
        if self.state.loads.len() >= LOADS {
            let _ = reply.send(Err(StoreError::Stopped("too many load blocks wait")));
            return;
        }
        self.state.loads.push_back((block, reply));
        self.turn(ctx);
    }
}

impl Handler<Erase> for StoreActor {
    type Result = ();

    fn handle(&mut self, Erase(erasure, reply): Erase, ctx: &mut Context<Self>) {
        if self.state.erasures.len() >= LOADS {
            let _ = reply.send(Err(StoreError::Stopped("too many erasures wait")));
            return;
        }
        self.state.erasures.push_back((erasure, reply));
        self.turn(ctx);
    }
}

impl Handler<Mark> for StoreActor {
    type Result = ();

    fn handle(&mut self, Mark(job, wish, reply): Mark, ctx: &mut Context<Self>) {
        self.state.checkpoints.push((job, wish, reply));
        self.turn(ctx);
    }
}

impl Handler<Close> for StoreActor {
    type Result = ();

    fn handle(&mut self, Close(reply): Close, ctx: &mut Context<Self>) {
        self.state.closing = Some(reply);
        self.turn(ctx);
    }
}
