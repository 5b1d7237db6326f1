//! MRT record types and subtypes: their names, and which are assigned (IANA's MRT registry).

use super::{BGP, BGP4MP, BGP4MP_ET, NULL, TABLE_DUMP, TABLE_DUMP_V2};
use std::borrow::Cow;

/// The name of a record type, `TYPE/SUBTYPE`; for types without routes the type alone, for unassigned
/// ones `TYPE_` and the number.
pub(crate) fn name(kind: u16, subtype: u16) -> Cow<'static, str> {
    match known_name(kind, subtype) {
        Some(name) => Cow::Borrowed(name),
        None => Cow::Owned(format!("TYPE_{kind}")),
    }
}

const fn known_name(kind: u16, subtype: u16) -> Option<&'static str> {
    Some(match (kind, subtype) {
        (BGP, 1) => "BGP/UPDATE",
        (BGP, 3) => "BGP/STATE_CHANGE",
        (BGP, 5) => "BGP/OPEN",
        (BGP, 6) => "BGP/NOTIFY",
        (BGP, 7) => "BGP/KEEPALIVE",
        (BGP, _) => "BGP/OTHER",
        (TABLE_DUMP, 1) => "TABLE_DUMP/AFI_IPv4",
        (TABLE_DUMP, 2) => "TABLE_DUMP/AFI_IPv6",
        (TABLE_DUMP, _) => "TABLE_DUMP/OTHER",
        (TABLE_DUMP_V2, 1) => "TABLE_DUMP_V2/PEER_INDEX_TABLE",
        (TABLE_DUMP_V2, 2) => "TABLE_DUMP_V2/RIB_IPV4_UNICAST",
        (TABLE_DUMP_V2, 3) => "TABLE_DUMP_V2/RIB_IPV4_MULTICAST",
        (TABLE_DUMP_V2, 4) => "TABLE_DUMP_V2/RIB_IPV6_UNICAST",
        (TABLE_DUMP_V2, 5) => "TABLE_DUMP_V2/RIB_IPV6_MULTICAST",
        (TABLE_DUMP_V2, 6) => "TABLE_DUMP_V2/RIB_GENERIC",
        (TABLE_DUMP_V2, 7) => "TABLE_DUMP_V2/GEO_PEER_TABLE",
        (TABLE_DUMP_V2, 8) => "TABLE_DUMP_V2/RIB_IPV4_UNICAST_ADDPATH",
        (TABLE_DUMP_V2, 9) => "TABLE_DUMP_V2/RIB_IPV4_MULTICAST_ADDPATH",
        (TABLE_DUMP_V2, 10) => "TABLE_DUMP_V2/RIB_IPV6_UNICAST_ADDPATH",
        (TABLE_DUMP_V2, 11) => "TABLE_DUMP_V2/RIB_IPV6_MULTICAST_ADDPATH",
        (TABLE_DUMP_V2, 12) => "TABLE_DUMP_V2/RIB_GENERIC_ADDPATH",
        (TABLE_DUMP_V2, _) => "TABLE_DUMP_V2/OTHER",
        (BGP4MP, 0) => "BGP4MP/STATE_CHANGE",
        (BGP4MP, 1) => "BGP4MP/MESSAGE",
        (BGP4MP, 4) => "BGP4MP/MESSAGE_AS4",
        (BGP4MP, 5) => "BGP4MP/STATE_CHANGE_AS4",
        (BGP4MP, 6) => "BGP4MP/MESSAGE_LOCAL",
        (BGP4MP, 7) => "BGP4MP/MESSAGE_AS4_LOCAL",
        (BGP4MP, 8) => "BGP4MP/MESSAGE_ADDPATH",
        (BGP4MP, 9) => "BGP4MP/MESSAGE_AS4_ADDPATH",
        (BGP4MP, 10) => "BGP4MP/MESSAGE_LOCAL_ADDPATH",
        (BGP4MP, 11) => "BGP4MP/MESSAGE_AS4_LOCAL_ADDPATH",
        (BGP4MP, _) => "BGP4MP/OTHER",
        (BGP4MP_ET, 0) => "BGP4MP_ET/STATE_CHANGE",
        (BGP4MP_ET, 1) => "BGP4MP_ET/MESSAGE",
        (BGP4MP_ET, 4) => "BGP4MP_ET/MESSAGE_AS4",
        (BGP4MP_ET, 5) => "BGP4MP_ET/STATE_CHANGE_AS4",
        (BGP4MP_ET, 6) => "BGP4MP_ET/MESSAGE_LOCAL",
        (BGP4MP_ET, 7) => "BGP4MP_ET/MESSAGE_AS4_LOCAL",
        (BGP4MP_ET, 8) => "BGP4MP_ET/MESSAGE_ADDPATH",
        (BGP4MP_ET, 9) => "BGP4MP_ET/MESSAGE_AS4_ADDPATH",
        (BGP4MP_ET, 10) => "BGP4MP_ET/MESSAGE_LOCAL_ADDPATH",
        (BGP4MP_ET, 11) => "BGP4MP_ET/MESSAGE_AS4_LOCAL_ADDPATH",
        (BGP4MP_ET, _) => "BGP4MP_ET/OTHER",
        (NULL, _) => "NULL",
        (1, _) => "START",
        (2, _) => "DIE",
        (3, _) => "I_AM_DEAD",
        (4, _) => "PEER_DOWN",
        (6, _) => "RIP",
        (7, _) => "IDRP",
        (8, _) => "RIPNG",
        (9, _) => "BGP4PLUS",
        (10, _) => "BGP4PLUS_01",
        (11, _) => "OSPFv2",
        (32, _) => "ISIS",
        (33, _) => "ISIS_ET",
        (48, _) => "OSPFv3",
        (49, _) => "OSPFv3_ET",
        _ => return None,
    })
}

/// Whether a name is one that [`name()`] gives.
pub(crate) fn is_type_name(name: &str) -> bool {
    const LAST_TYPE: u16 = 49;
    const LAST_SUBTYPE: u16 = 13;
    let mut kinds = 0..=LAST_TYPE;
    let is_of = |kind| (0..=LAST_SUBTYPE).any(|of| known_name(kind, of) == Some(name));
    let number = name.strip_prefix("TYPE_").and_then(|n| n.parse().ok());
    kinds.any(is_of) || number.is_some_and(|kind| self::name(kind, 0) == name)
}

/// Whether a type is assigned (IANA's MRT registry), and its subtype where routes depend on it. No
/// collector writes one that is not: the record is corrupt.
pub(crate) const fn is_assigned(kind: u16, subtype: u16) -> bool {
    match kind {
        TABLE_DUMP => matches!(subtype, 1 | 2),
        TABLE_DUMP_V2 => matches!(subtype, 1..=12),
        BGP4MP | BGP4MP_ET => subtype <= 11,
        BGP => subtype <= 7,
        0..=13 | 32 | 33 | 48 | 49 => true,
        _ => false,
    }
}
