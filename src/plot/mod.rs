//! A run's folder, for people: what it holds is read back once ([`picture`]), and everything that is
//! looked at is made from that.

pub mod picture;
