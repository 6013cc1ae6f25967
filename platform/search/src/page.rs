//! One page of a query's answer.

use tarn_domain::Issue;
use tarn_store::{Rid, Row, Snapshot, Version};

use crate::budget::{Budget, Limits};
use crate::contained;
use crate::error::SearchError;
use crate::include::include;
use crate::position::Position;
use crate::query::{Contained, Query, Total};
use crate::ranking::{Rank, Ranking};
use crate::run::{Matches, Run};
use crate::sort::Order;
use crate::trace::Plan;

/// A resource of an answer.
#[derive(Debug)]
pub struct Hit {
    /// What the index knows of it.
    pub row: Row,
    /// Which of the resources contained in it is meant, from 1; 0 is itself (`_contained`).
    pub inside: u32,
    /// Its body, where answering had to read it anyway. Otherwise read `row.loc`.
    pub version: Option<Version>,
    /// How well it fits, or how far away it is, where the search asked for that.
    pub rank: Option<Rank>,
}

/// A page.
#[derive(Debug)]
pub struct Page {
    /// Matches, in order.
    pub rows: Vec<Hit>,
    /// Where the next page begins; none on the last.
    pub next: Option<Position>,
    /// Where this page's includes go on, where they were too many for one page. The next page then
    /// has these, and no matches, and `next` comes behind them.
    pub resume: Option<usize>,
    /// How many matches there are in all, unless that was not wanted.
    pub total: Option<u64>,
    /// Resources that are no matches, but asked for along with them.
    pub included: Vec<Hit>,
    /// What the caller should know: includes that were cut short.
    pub issues: Vec<Issue>,
}

/// Answers one page of a query: the first, or the one behind a position.
///
/// # Errors
/// A store that fails, or a search beyond its limits.
pub fn page(
    query: &Query,
    snapshot: &Snapshot,
    after: Option<&Position>,
    limits: &Limits,
) -> Result<Page, SearchError> {
    resumed(query, snapshot, after, 0, limits)
}

/// Answers one page of a query whose first `skip` includes were on pages before: such a page has
/// includes only ([`Page::resume`]).
///
/// # Errors
/// A store that fails, or a search beyond its limits.
pub fn resumed(
    query: &Query,
    snapshot: &Snapshot,
    after: Option<&Position>,
    skip: usize,
    limits: &Limits,
) -> Result<Page, SearchError> {
    answered(query, snapshot, after, skip, &Budget::new(limits))
}

/// Answers one page as [`resumed`] does, and says what was done for it.
///
/// # Errors
/// A store that fails, or a search beyond its limits.
pub fn explained(
    query: &Query,
    snapshot: &Snapshot,
    after: Option<&Position>,
    skip: usize,
    limits: &Limits,
) -> Result<(Page, Plan), SearchError> {
    let budget = Budget::traced(limits);
    let page = answered(query, snapshot, after, skip, &budget)?;
    Ok((page, budget.plan().unwrap_or_default()))
}

fn answered(
    query: &Query,
    snapshot: &Snapshot,
    after: Option<&Position>,
    skip: usize,
    budget: &Budget,
) -> Result<Page, SearchError> {
    let mut page = Page {
        rows: Vec::new(),
        next: None,
        resume: None,
        total: None,
        included: Vec::new(),
        issues: Vec::new(),
    };
    let run = Run::new(query, snapshot, budget);
    let clause = run.looked_up(&query.clause)?;
    if query.contained != Contained::False {
        let what = || "read what is contained".to_owned();
        let rows = |page: &Page| page.rows.len() as u64;
        page = budget.step(what, rows, || contained::page(&run, query, &clause, after, page))?;
        if query.is_count_only() {
            page.rows.clear();
            page.next = None;
        } else if !query.includes.is_empty() {
            include(&run, query, &mut page, skip)?;
        }
        if skip > 0 {
            page.rows.clear();
        }
        return Ok(page);
    }
    if query.is_count_only() {
        let what = || "count".to_owned();
        page.total = Some(budget.step(what, |total| *total, || run.count(&clause))?);
        return Ok(page);
    }
    let matches = run.clause(&clause)?;
    if query.total != Total::None {
        page.total = Some(matches.len());
    }
    let ranking = Ranking::gather(&run, &query.clause, &matches)?;
    let what = || format!("sort by {} keys, cut a page", query.sort.len());
    let cut = |(rids, _): &(Vec<Rid>, _)| rids.len() as u64;
    let (rids, next) =
        budget.step(what, cut, || one_page(&run, query, &matches, ranking.as_ref(), after))?;
    page.next = next;
    for rid in rids {
        if let Some(row) = snapshot.row(rid)? {
            let rank = ranking.as_ref().and_then(|ranking| ranking.of(rid));
            page.rows.push(Hit { row, version: None, rank, inside: 0 });
        }
    }
    if !query.includes.is_empty() {
        let what = || "follow includes".to_owned();
        page = budget.step(
            what,
            |page: &Page| page.included.len() as u64,
            || {
                include(&run, query, &mut page, skip)?;
                Ok(page)
            },
        )?;
    }
    if skip > 0 {
        page.rows.clear();
    }
    Ok(page)
}

fn one_page(
    run: &Run<'_>,
    query: &Query,
    matches: &Matches,
    ranking: Option<&Ranking>,
    after: Option<&Position>,
) -> Result<(Vec<Rid>, Option<Position>), SearchError> {
    let count = query.count as usize;
    if !query.sort.is_empty() {
        let order = Order::gather(run, matches, &query.sort)?;
        return Ok(order.page(after, count));
    }
    if let Some(ranking) = ranking {
        let order = Order::ranked(ranking.rids.clone(), ranking.numbers.clone());
        return Ok(order.page(after, count));
    }
    let mut rids = matches.first_after(after.map(|position| position.rid), count + 1);
    let is_last = rids.len() <= count;
    rids.truncate(count);
    let next = rids.last().filter(|_| !is_last);
    let next = next.map(|rid| Position { keys: Vec::new(), rid: *rid });
    Ok((rids, next))
}
