//! Asynchronous requests: `$export`, how deferred requests stand, what came of them.

use std::io::{Read, Write};

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CONTENT_ENCODING, CONTENT_LOCATION, EXPIRES, HeaderName, HeaderValue, RETRY_AFTER, VARY,
};
use actix_web::web::Payload;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use tarn_access::Action;
use tarn_app::clinical::outcome;
use tarn_app::clinical::target::Target;
use tarn_app::deferred::{
    self, Deferred, Given, NewBulkDelete, NewBulkExport, NewBulkImport, NewErasure, NewRequest,
    Status, Whose,
};
use tarn_domain::{JobId, Kind, Problem};
use tokio::sync::mpsc;

use super::incoming::Incoming;
use super::instance::lost;
use super::negotiate::Media;
use super::routes::Interaction;
use super::{body, gzip, http_date, respond, search};

const PROGRESS: HeaderName = HeaderName::from_static("x-progress");
const NDJSON: &str = "application/fhir+ndjson";
/// Bytes read at once, and pieces on their way at once.
const PIECE: usize = 128 << 10;
const PIECES: usize = 4;

/// Puts off what is put off only because its caller prefers that: Bundles, searches, histories.
pub(super) async fn put_off(
    incoming: &Incoming<'_>,
    interaction: Interaction,
    action: Action,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let headers = incoming.request.headers();
    let mut parameters = incoming.parameters.clone();
    let mut bundle = None;
    match interaction {
        Interaction::Bundle => {
            bundle = Some(body::resource(headers, payload, incoming.limits().bundle_bytes).await?);
        }
        Interaction::PostedSearch => parameters = search::posted(incoming, payload).await?,
        _ => {}
    }
    let new = NewRequest {
        action,
        posted: interaction == Interaction::PostedSearch,
        path: incoming.request.match_info().query("tail").to_owned(),
        parameters,
        preferences: incoming.prefer,
        body: bundle,
        url: url(incoming),
    };
    let put_off = deferred::put_off(incoming.asking(), new).await?;
    Ok(accepted(incoming, &put_off, "The request was put in line."))
}

/// `$export` of the store, of patients, of a Group.
pub(super) async fn export(
    incoming: &Incoming<'_>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let whose = match &incoming.target {
        Target::SystemOperation(_) => Whose::Store,
        Target::TypeOperation(type_, _) if type_.name() == "Patient" => Whose::Patients,
        Target::InstanceOperation(type_, id, _) if type_.name() == "Group" => {
            NewBulkExport::of_group(id)
        }
        _ => {
            let words = "`$export` is offered for the store, for `Patient` and for `Group/[id]`.";
            return Err(Problem::new(Kind::NotSupported, "operation-not-supported", words));
        }
    };
    require_async(incoming)?;
    let posted = incoming.request.method() == actix_web::http::Method::POST;
    let new = NewBulkExport {
        whose,
        given: given(incoming, payload).await?,
        posted,
        lenient: incoming.prefer.lenient,
        url: url(incoming),
    };
    let asking = incoming.asking();
    Ok(accepted(incoming, &deferred::export(asking, new).await?, "The export was put in line."))
}

/// `$import` of the files that a manifest names.
pub(super) async fn import(
    incoming: &Incoming<'_>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    require_async(incoming)?;
    let headers = incoming.request.headers();
    let body = body::resource(headers, payload, incoming.limits().resource_bytes).await?;
    let (body, lenient) = (body.to_vec(), incoming.prefer.lenient);
    let new = NewBulkImport { body, lenient, url: url(incoming) };
    let put_off = deferred::import(incoming.asking(), new).await?;
    Ok(accepted(incoming, &put_off, "The import was put in line."))
}

/// `$erase` of a resource, `$purge` of a patient.
pub(super) async fn erase(
    incoming: &Incoming<'_>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let Target::InstanceOperation(type_, id, name) = &incoming.target else { return Err(lost()) };
    if name == "purge" && type_.name() != "Patient" {
        let words = "`$purge` is offered for a Patient only; `$erase` takes any one resource.";
        return Err(Problem::new(Kind::NotSupported, "operation-not-supported", words));
    }
    let given = given(incoming, payload).await?;
    let new = NewErasure { type_: *type_, id: id.clone(), given, url: url(incoming) };
    let put_off = deferred::erase(incoming.asking(), new).await?;
    Ok(accepted(incoming, &put_off, "The erasure was put in line."))
}

/// `$bulk-delete` of a type, or of what a search finds in the store.
pub(super) async fn bulk_delete(
    incoming: &Incoming<'_>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let type_ = match &incoming.target {
        Target::SystemOperation(_) => None,
        Target::TypeOperation(type_, _) => Some(*type_),
        _ => return Err(lost()),
    };
    let given = given(incoming, payload).await?;
    let new = NewBulkDelete { type_, given, url: url(incoming) };
    let put_off = deferred::bulk_delete(incoming.asking(), new).await?;
    Ok(accepted(incoming, &put_off, "The deletion was put in line."))
}

/// The parameters of the query and of the body.
async fn given(incoming: &Incoming<'_>, payload: Payload) -> Result<Given, Problem> {
    let headers = incoming.request.headers();
    if incoming.request.method() == actix_web::http::Method::GET {
        return Ok(Given::query(&incoming.parameters));
    }
    let body = body::resource(headers, payload, incoming.limits().resource_bytes).await?;
    Given::body(&incoming.parameters, &body)
}

/// What takes long is not waited for.
fn require_async(incoming: &Incoming<'_>) -> Result<(), Problem> {
    if incoming.prefer.later {
        return Ok(());
    }
    let words = "This takes long: send `Prefer: respond-async`, and ask later for what came of it.";
    Err(Problem::new(Kind::Invalid, "respond-async-required", words))
}

/// The URL that was asked, as clients know it.
fn url(incoming: &Incoming<'_>) -> String {
    let base = incoming.asking().base();
    let path = incoming.request.match_info().query("tail");
    let query = incoming.request.query_string();
    match query {
        "" => format!("{base}/{path}"),
        query => format!("{base}/{path}?{query}"),
    }
}

/// 202: where to ask how it stands.
pub(super) fn accepted(
    incoming: &Incoming<'_>,
    deferred: &Deferred,
    words: &'static str,
) -> HttpResponse {
    let mut body = Vec::new();
    outcome::write_all_well(words, &mut body);
    let mut answer = respond::plain(incoming.media, incoming.pretty, body);
    *answer.status_mut() = StatusCode::ACCEPTED;
    if let Ok(place) = HeaderValue::from_str(&deferred.location(incoming.asking())) {
        answer.headers_mut().insert(CONTENT_LOCATION, place);
    }
    answer
}

/// How a deferred request stands.
pub(super) async fn status(incoming: &Incoming<'_>) -> Result<HttpResponse, Problem> {
    match deferred::status(incoming.asking(), job(incoming)?).await? {
        Status::Running(words, wait) => {
            let mut answer = HttpResponse::build(StatusCode::ACCEPTED);
            answer.insert_header((PROGRESS, words));
            answer.insert_header((RETRY_AFTER, wait.as_secs().max(1).to_string()));
            Ok(answer.finish())
        }
        Status::Answered(status, body, end) => {
            let mut answer = respond::plain(Media::FhirJson, incoming.pretty, body);
            *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            if let Ok(end) = HeaderValue::from_bytes(&http_date::format(end)) {
                answer.headers_mut().insert(EXPIRES, end);
            }
            Ok(answer)
        }
        Status::Done(text, end) => {
            let body = serde_json::to_vec(&text).map_err(Problem::internal)?;
            let mut answer = respond::plain(incoming.media, incoming.pretty, body);
            if let Ok(end) = HeaderValue::from_bytes(&http_date::format(end)) {
                answer.headers_mut().insert(EXPIRES, end);
            }
            Ok(answer)
        }
    }
}

/// Cancels a request, or throws away what came of it.
pub(super) async fn forget(incoming: &Incoming<'_>) -> Result<HttpResponse, Problem> {
    deferred::forget(incoming.asking(), job(incoming)?).await?;
    let mut body = Vec::new();
    outcome::write_all_well("The request and what came of it are removed.", &mut body);
    let mut answer = respond::plain(incoming.media, incoming.pretty, body);
    *answer.status_mut() = StatusCode::ACCEPTED;
    Ok(answer)
}

/// A file, read and sent piece by piece.
pub(super) async fn file(incoming: &Incoming<'_>) -> Result<HttpResponse, Problem> {
    let Target::DeferredFile(job, name) = &incoming.target else { return Err(lost()) };
    let mut file = deferred::file(incoming.asking(), *job, name).await?;
    let packed = gzip::is_taken(incoming.request.headers());
    let mut answer = HttpResponse::Ok();
    answer.content_type(NDJSON);
    answer.insert_header((VARY, "accept-encoding, accept"));
    let length = file.length();
    let (pieces, mut taken) = mpsc::channel::<std::io::Result<Bytes>>(PIECES);
    tokio::task::spawn_blocking(move || {
        let sent = if packed { send_packed(&mut file, &pieces) } else { send(&mut file, &pieces) };
        if let Err(error) = sent {
            tracing::error!(%error, "a kept file cannot be read");
            // The answer breaks off, so that nobody takes half a file for a whole one.
            let _ = pieces.blocking_send(Err(error));
        }
    });
    let stream = futures_util::stream::poll_fn(move |context| taken.poll_recv(context));
    if packed {
        answer.insert_header((CONTENT_ENCODING, "gzip"));
        return Ok(answer.streaming(stream));
    }
    Ok(answer.no_chunking(length).streaming(stream))
}

type Pieces = mpsc::Sender<std::io::Result<Bytes>>;

/// Sends what is read; ends early, and well, when nobody listens any more.
fn send(file: &mut impl Read, pieces: &Pieces) -> std::io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let count = file.read(&mut piece)?;
        let bytes = Bytes::copy_from_slice(&piece[..count]);
        if count == 0 || pieces.blocking_send(Ok(bytes)).is_err() {
            return Ok(());
        }
    }
}

fn send_packed(file: &mut impl Read, pieces: &Pieces) -> std::io::Result<()> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(PIECE), Compression::fast());
    let mut piece = vec![0; PIECE];
    loop {
        let count = file.read(&mut piece)?;
        if count == 0 {
            let rest = encoder.finish()?;
            let _ = pieces.blocking_send(Ok(rest.into()));
            return Ok(());
        }
        encoder.write_all(&piece[..count])?;
        if encoder.get_ref().len() >= PIECE {
            let full = std::mem::take(encoder.get_mut());
            if pieces.blocking_send(Ok(full.into())).is_err() {
                return Ok(());
            }
        }
    }
}

fn job(incoming: &Incoming<'_>) -> Result<JobId, Problem> {
    match &incoming.target {
        Target::Deferred(job) => Ok(*job),
        _ => Err(lost()),
    }
}
