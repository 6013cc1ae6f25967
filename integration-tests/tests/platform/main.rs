//! The whole platform, from outside: the real binary, real HTTP, real files.

mod audit;
mod bad_input;
mod boot;
mod clients;
mod coverage;
mod deferred;
mod demo;
mod doors;
mod exports;
mod fhir;
mod imports;
mod kill;
mod populations;
mod s3;
mod stores;
mod subscriptions;
mod tenancy;
