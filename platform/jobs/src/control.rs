//! How a running job is watched and stopped.

use tarn_actors::Progress;

/// Whether a job should go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Go on.
    Go,
    /// Somebody cancelled the job: end it.
    Cancel,
    /// The server stops: leave the job as it is, to be taken up again.
    Stop,
}

/// The other side of a running job.
pub trait Control: Sync {
    /// Whether to go on; asked between blocks, so it must be quick.
    fn signal(&self) -> Signal;

    /// Takes news; called about twice a second.
    fn publish(&self, progress: Progress);
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It ran through.
    Completed {
        /// Whether some resources failed.
        with_errors: bool,
    },
    /// Somebody cancelled it.
    Cancelled,
    /// The server stops; the job can be taken up again.
    Stopped,
}

/// A job's end, with its last figures and where its results are.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// The last figures.
    pub figures: Progress,
    /// The folder with its results.
    pub output: String,
}
