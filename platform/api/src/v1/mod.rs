//! `/api/v1`: the product's own JSON API. One file per noun.

mod agreements;
mod audit;
mod body;
mod exports;
mod imports;
mod mails;
mod stores;
mod subscriptions;

use actix_web::web::{self, ServiceConfig};

use crate::root;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(
        web::scope("/api/v1")
            .configure(stores::configure)
            .configure(imports::configure)
            .configure(exports::configure)
            .configure(subscriptions::configure)
            .configure(mails::configure)
            .configure(audit::configure)
            .configure(agreements::configure)
            .default_service(web::route().to(root::nothing_here)),
    );
}

/// A resource whose other methods are answered in this API's language.
fn resource(path: &str) -> actix_web::Resource {
    web::resource(path).default_service(web::route().to(root::not_this_method))
}

/// An id of a path. What cannot be an id of ours is as unknown as one that is nobody's.
fn id<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<T, tarn_domain::Problem> {
    let unknown = |_| {
        let words = format!("There is no such {what}.");
        tarn_domain::Problem::new(tarn_domain::Kind::NotFound, "not-found", words)
    };
    text.parse().map_err(unknown)
}
