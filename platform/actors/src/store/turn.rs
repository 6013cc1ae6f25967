//! One trip to the disk: a group of commits, a block, a step of upkeep.

use tarn_domain::JobId;
use tarn_store::{
    CommitError, Done, Engine, Erased, Erasure, LoadBlock, LoadReceipt, OutboxEntry, Receipt,
    StoreError, Task, WriteSet,
};
use tokio::sync::oneshot;

pub(super) type CommitReply = oneshot::Sender<Result<Receipt, CommitError>>;
pub(super) type LoadReply = oneshot::Sender<Result<LoadReceipt, StoreError>>;
pub(super) type EraseReply = oneshot::Sender<Result<Erased, StoreError>>;
pub(super) type CheckpointReply = oneshot::Sender<Result<Option<Vec<u8>>, StoreError>>;

/// What goes to the disk together.
#[derive(Default)]
pub(super) struct Turn {
    pub commits: Vec<(WriteSet, CommitReply)>,
    pub load: Option<(LoadBlock, LoadReply)>,
    pub erasure: Option<(Erasure, EraseReply)>,
    pub checkpoints: Vec<(JobId, Wish, CheckpointReply)>,
    pub install: Option<Done>,
    /// The trail has the outbox up to here.
    pub delivered: Option<i64>,
    /// Whether to bring home what the trail may not have yet.
    pub outbox: bool,
    pub tidy: bool,
}

/// What is wished of a job's checkpoint.
pub(super) enum Wish {
    Read,
    Keep(Vec<u8>),
    Forget,
}

/// What comes home.
pub(super) struct Home {
    pub engine: Engine,
    pub install: Option<Done>,
    pub task: Option<Task>,
    pub outbox: Vec<OutboxEntry>,
    /// There is more to tidy.
    pub tidy: bool,
}

/// Outbox entries brought home at once.
const OUTBOX: usize = 4_096;

impl Turn {
    pub(super) fn is_idle(&self) -> bool {
        self.commits.is_empty()
            && self.load.is_none()
            && self.erasure.is_none()
            && self.checkpoints.is_empty()
            && self.install.is_none()
            && !self.outbox
            && !self.tidy
    }

    /// Does it all. Everyone is told as soon as theirs is done.
    pub(super) fn run(self, mut engine: Engine) -> Home {
        if let Some(n) = self.delivered {
            engine.delivered(n);
        }
        let (sets, replies): (Vec<_>, Vec<_>) = self.commits.into_iter().unzip();
        if !sets.is_empty() {
            let answers = engine.commit(sets);
            replies.into_iter().zip(answers).for_each(|(reply, answer)| drop(reply.send(answer)));
        }
        for (job, wish, reply) in self.checkpoints {
            let answer = match wish {
                Wish::Read => engine.checkpoint(job),
                Wish::Keep(state) => engine.set_checkpoint(job, Some(state)).map(|()| None),
                Wish::Forget => engine.set_checkpoint(job, None).map(|()| None),
            };
            let _ = reply.send(answer);
        }
        if let Some((block, reply)) = self.load {
            let _ = reply.send(engine.load(block));
        }
        if let Some((erasure, reply)) = self.erasure {
            let _ = reply.send(engine.erase(erasure));
        }
        let install = self.install.and_then(|done| match engine.install(done) {
            Ok(rest) => rest,
            Err(error) => {
                tracing::warn!(%error, "upkeep of a store's index was dropped");
                None
            }
        });
        let tidy = (self.tidy || engine.is_scrubbing()) && engine.remove_unread().unwrap_or(false);
        let outbox = if self.outbox { outbox(&engine) } else { Vec::new() };
        let task = engine.next_task();
        Home { engine, install, task, outbox, tidy }
    }
}

fn outbox(engine: &Engine) -> Vec<OutboxEntry> {
    engine.outbox(OUTBOX).unwrap_or_else(|error| {
        tracing::error!(%error, "a store's outbox cannot be read");
        Vec::new()
    })
}
