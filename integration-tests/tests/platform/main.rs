//! The whole platform, from outside: the real binary, real HTTP, real files.

mod audit;
mod bad_input;
mod boot;
mod demo;
mod doors;
mod exports;
mod imports;
mod kill;
mod populations;
mod stores;
mod tenancy;
