//! Lines written to files of bounded size.

use std::io::Write;

use crate::{BulkError, Folder, OutputFile};

/// One finished file of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shard {
    /// Its name in the job's folder.
    pub name: String,
    /// Its lines.
    pub lines: u64,
    /// Its bytes.
    pub bytes: u64,
}

/// A series of files of the same kind of line.
pub struct Shards<'a> {
    folder: &'a Folder,
    /// A name for the n-th file.
    names: Box<dyn Fn(usize) -> String + Send + 'a>,
    limit: u64,
    open: Option<(OutputFile, u64)>,
    done: Vec<Shard>,
}

impl<'a> Shards<'a> {
    /// A series of files of at most `limit` bytes; one line may go beyond it.
    pub fn new(
        folder: &'a Folder,
        limit: u64,
        names: impl Fn(usize) -> String + Send + 'a,
    ) -> Self {
        Self { folder, names: Box::new(names), limit, open: None, done: Vec::new() }
    }

    /// Writes a line; the line end is added.
    ///
    /// # Errors
    /// The disk or the object store refused.
    pub fn write(&mut self, line: &[u8]) -> Result<(), BulkError> {
        let next = line.len() as u64 + 1;
        if self.open.as_ref().is_some_and(|(file, _)| file.bytes() + next > self.limit) {
            self.close()?;
        }
        let (file, lines) = match &mut self.open {
            Some(open) => open,
            none => none.insert((self.folder.create(&(self.names)(self.done.len()))?, 0)),
        };
        file.write_all(line).and_then(|()| file.write_all(b"\n")).map_err(|source| {
            BulkError::Disk { act: "write", path: (self.names)(self.done.len()).into(), source }
        })?;
        *lines += 1;
        Ok(())
    }

    /// Finishes the last file and gives them all.
    ///
    /// # Errors
    /// The disk or the object store refused.
    pub fn finish(mut self) -> Result<Vec<Shard>, BulkError> {
        self.close()?;
        Ok(self.done)
    }

    fn close(&mut self) -> Result<(), BulkError> {
        if let Some((file, lines)) = self.open.take() {
            let name = (self.names)(self.done.len());
            let bytes = file.finish()?;
            self.done.push(Shard { name, lines, bytes });
        }
        Ok(())
    }
}
