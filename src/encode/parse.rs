//! Parses an event table line by line; errors name the line and what to write instead.

use super::tokens::{Tokens, prefixes};
use super::{
    AsnSize, Cover, EncodeError, EventTable, Line, PathIds, RawBody, RibContent, RibLine,
    UpdateContent,
};
use crate::model::path::AsPath;
use crate::model::peer::Session;
use crate::model::time::{SECOND, Timestamp};

const PEER: &str = "peer ASN@IP [as2] [addpath]";
const COVER: &str = "cover COLLECTOR FROM TO";
/// Every five minutes of it become a file, and no window is longer.
const LONGEST_COVER: i64 = 400 * 86_400 * SECOND;
const MICRO: &str = "micro COLLECTOR";
const RECORD: &str = "TIME COLLECTOR ASN@IP VERB …";
/// Verbs, and how to write them.
const VERBS: [(&str, &str); 11] = [
    ("announce", "announce PREFIX[,PREFIX...] PATH [id=N]"),
    ("withdraw", "withdraw PREFIX[,PREFIX...] [id=N]"),
    (
        "update",
        "update -PREFIX[,PREFIX...] +PREFIX[,PREFIX...] PATH [id=N]",
    ),
    ("announce-table", "announce-table 4|6 N PATH [id=N]"),
    ("state", "state OLD NEW"),
    ("eor", "eor 4|6"),
    ("keepalive", "keepalive"),
    ("raw", "raw TYPE SUBTYPE HEX [dump=STAMP]"),
    ("rib", "rib PREFIX PATH [id=N] [dump=STAMP]"),
    ("table", "table 4|6 N [dump=STAMP]"),
    ("member", "member [dump=STAMP]"),
];
/// Parses an event table. [The module](super) describes the format.
///
/// # Errors
/// The first line that is malformed or cannot be encoded, by its number.
pub fn parse(text: &str) -> Result<EventTable, EncodeError> {
    let mut events = EventTable::default();
    for (i, line) in text.lines().enumerate() {
        let number = i + 1;
        read_line(&mut events, number, line).map_err(|message| EncodeError::Line {
            line: number,
            message,
        })?;
    }
    check(&events)?;
    Ok(events)
}

fn read_line(events: &mut EventTable, number: usize, line: &str) -> Result<(), String> {
    let record = line.split_once('#').map_or(line, |(record, _)| record);
    let mut tokens = Tokens::of(record);
    match tokens.rest.first() {
        None => Ok(()),
        Some(&"peer") => {
            tokens.begin(PEER)?;
            read_peer(events, &mut tokens)
        }
        Some(&"cover") => {
            tokens.begin(COVER)?;
            read_cover(events, &mut tokens)
        }
        Some(&"micro") => {
            tokens.begin(MICRO)?;
            events.micro.insert(tokens.collector()?);
            tokens.end()
        }
        Some(_) => read_record(events, number, tokens),
    }
}

fn read_peer(events: &mut EventTable, tokens: &mut Tokens<'_>) -> Result<(), String> {
    let options = events.sessions.entry(tokens.session()?).or_default();
    for token in tokens.rest.drain(..) {
        match token {
            "as2" => options.asn_size = AsnSize::Two,
            "addpath" => options.path_ids = PathIds::With,
            _ => {
                return Err(format!(
                    "`{token}` is not an option of `peer`; write `as2`, `addpath`, both or neither"
                ));
            }
        }
    }
    tokens.end()
}

fn read_cover(events: &mut EventTable, tokens: &mut Tokens<'_>) -> Result<(), String> {
    let (collector, from, to) = (tokens.collector()?, tokens.time()?, tokens.time()?);
    if from >= to {
        return Err(format!(
            "{to} is not after {from}; write the earlier time first"
        ));
    }
    if to.0 - from.0 > LONGEST_COVER {
        return Err("`cover` spans more than 400 days; write several lines".to_owned());
    }
    events.covers.push(Cover {
        collector,
        from,
        to,
    });
    tokens.end()
}

fn read_record(
    events: &mut EventTable,
    number: usize,
    mut tokens: Tokens<'_>,
) -> Result<(), String> {
    tokens.usage = RECORD;
    if let Some(token) = tokens.rest.first()
        && !token.starts_with(|c: char| c.is_ascii_digit())
    {
        return Err(format!(
            "a line cannot begin with `{token}`; begin it with a time, `peer`, `cover` or `micro`"
        ));
    }
    let (time, collector, session) = (tokens.time()?, tokens.collector()?, tokens.session()?);
    let verb = tokens.next("VERB")?;
    if let Some((_, usage)) = VERBS.iter().find(|(name, _)| *name == verb) {
        tokens.usage = usage;
    }
    match read_verb(verb, &mut tokens)? {
        LineContent::Update(content) => events.updates.push(Line {
            number,
            time,
            collector,
            session,
            content,
        }),
        LineContent::Rib(dump, content) => events.ribs.push(Line {
            number,
            time,
            collector,
            session,
            content: RibLine {
                dump: dump.unwrap_or(time.minute()),
                content,
            },
        }),
    }
    tokens.end()
}

/// The content of a line, by the kind of file that it goes to.
enum LineContent {
    Update(UpdateContent),
    Rib(Option<Timestamp>, RibContent),
}

fn read_verb(verb: &str, tokens: &mut Tokens<'_>) -> Result<LineContent, String> {
    Ok(match verb {
        "announce" => LineContent::Update(UpdateContent::Update {
            id: tokens.id()?,
            withdrawn: Vec::new(),
            announced: prefixes(tokens.next("PREFIX")?)?,
            path: tokens.path()?,
        }),
        "withdraw" => LineContent::Update(UpdateContent::Update {
            id: tokens.id()?,
            withdrawn: prefixes(tokens.next("PREFIX")?)?,
            announced: Vec::new(),
            path: AsPath::default(),
        }),
        "update" => {
            let id = tokens.id()?;
            let (withdrawn, announced) = tokens.signed_prefixes()?;
            let path = tokens.path()?;
            LineContent::Update(UpdateContent::Update {
                withdrawn,
                announced,
                path,
                id,
            })
        }
        "announce-table" => LineContent::Update(UpdateContent::Table {
            id: tokens.id()?,
            family: tokens.family()?,
            count: tokens.count()?,
            path: tokens.path()?,
        }),
        "state" => LineContent::Update(UpdateContent::State {
            old: tokens.number("OLD")?,
            new: tokens.number("NEW")?,
        }),
        "eor" => LineContent::Update(UpdateContent::EndOfRib(tokens.family()?)),
        "keepalive" => LineContent::Update(UpdateContent::Keepalive),
        "raw" => {
            let dump = tokens.dump()?;
            let raw = RawBody {
                kind: tokens.number("TYPE")?,
                subtype: tokens.number("SUBTYPE")?,
                body: tokens.hex()?,
            };
            match dump {
                Some(_) => LineContent::Rib(dump, RibContent::Raw(raw)),
                None => LineContent::Update(UpdateContent::Raw(raw)),
            }
        }
        "rib" => {
            let (dump, id) = (tokens.dump()?, tokens.id()?);
            let prefix = tokens.next("PREFIX")?.parse()?;
            let path = tokens.path()?;
            LineContent::Rib(dump, RibContent::Route { prefix, path, id })
        }
        "table" => {
            let dump = tokens.dump()?;
            let (family, count) = (tokens.family()?, tokens.count()?);
            LineContent::Rib(dump, RibContent::Table { family, count })
        }
        "member" => LineContent::Rib(tokens.dump()?, RibContent::Member),
        _ => {
            let names: Vec<_> = VERBS.iter().map(|(name, _)| *name).collect();
            let names = names.join(", ");
            return Err(format!("`{verb}` is not a verb; write one of {names}"));
        }
    })
}

/// Checks what depends on directives anywhere in the table: whether times and path identifiers can be
/// encoded.
fn check(events: &EventTable) -> Result<(), EncodeError> {
    let has_ids = |session| events.options(session).path_ids == PathIds::With;
    let needs_addpath = |session: Session| {
        let Session { asn, ip } = session;
        format!("`id=` needs a session with ADD-PATH; write `peer {asn}@{ip} addpath` as well")
    };
    for line in &events.updates {
        if line.time.0 % SECOND != 0 && !events.micro.contains(&line.collector) {
            return Err(line.error(format!(
                "the time has a fraction of a second; write whole seconds, or `micro {}` as well",
                line.collector
            )));
        }
        let (UpdateContent::Update { id, .. } | UpdateContent::Table { id, .. }) = &line.content
        else {
            continue;
        };
        if id.is_some() && !has_ids(line.session) {
            return Err(line.error(needs_addpath(line.session)));
        }
    }
    for line in &events.ribs {
        if line.time.0 % SECOND != 0 {
            let message =
                "records of a RIB dump have whole seconds; write the time without a fraction";
            return Err(line.error(message));
        }
        if let RibContent::Route { id: Some(_), .. } = &line.content.content
            && !has_ids(line.session)
        {
            return Err(line.error(needs_addpath(line.session)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error for a line, which is the third, after a comment and a blank one.
    fn error_of(line: &str) -> String {
        match parse(&format!("# an event table\n\n{line}\n")) {
            Ok(_) => format!("no error for `{line}`"),
            Err(e) => e.to_string(),
        }
    }

    #[test]
    fn errors_name_the_mistake_and_the_form() {
        let record = "2014-12-22T16:00:00Z rrc00 64500@192.0.2.1";
        let cases = [
            (
                "peers 64500@192.0.2.1",
                "a line cannot begin with `peers`; begin it with a time, `peer`, `cover` or `micro`",
            ),
            (
                "peer 64500",
                "`64500` is not a peer; write it like 64500@192.0.2.1",
            ),
            (
                "peer 64500@192.0.2.1 as4",
                "`as4` is not an option of `peer`; write `as2`, `addpath`, both or neither",
            ),
            (
                "peer 64500@192.0.2.1 id=1",
                "unexpected `id=1`; the form is `peer ASN@IP [as2] [addpath]`",
            ),
            (
                "micro",
                "COLLECTOR is missing; the form is `micro COLLECTOR`",
            ),
            (
                "micro rrc00 rrc01",
                "unexpected `rrc01`; the form is `micro COLLECTOR`",
            ),
            (
                "cover rrc00 2014-12-22",
                "TIME is missing; the form is `cover COLLECTOR FROM TO`",
            ),
            (
                "cover rrc00 2014-12-22 2014-12-22",
                "2014-12-22T00:00:00Z is not after 2014-12-22T00:00:00Z; write the earlier time first",
            ),
            (
                "cover rrc00 1970-01-02 2070-01-01",
                "`cover` spans more than 400 days; write several lines",
            ),
            (
                "2014-12-22 rrc/00",
                "`rrc/00` is no collector; write it like rrc00 or route-views.sydney",
            ),
            (
                "2014-12-22 rrc00 64500@localhost eor 4",
                "`64500@localhost` is not a peer; write it like 64500@192.0.2.1",
            ),
            (
                "2014-12-22 rrc00 64500@192.0.2.1",
                "VERB is missing; the form is `TIME COLLECTOR ASN@IP VERB …`",
            ),
            (
                "2106-12-22 rrc00 64500@192.0.2.1 keepalive",
                "2106-12-22T00:00:00Z is too late for an MRT record; write a time before 2106",
            ),
            (
                "$ anounce 10.0.0.0/8 64500",
                "`anounce` is not a verb; write one of announce, withdraw, update, announce-table, state, eor, keepalive, raw, rib, table, member",
            ),
            (
                "$ announce 10.0.0.0/8",
                "the AS path is missing; the form is `announce PREFIX[,PREFIX...] PATH [id=N]`, with `-` for an empty path",
            ),
            (
                "$ announce 10.0.0.0/33 64500",
                "`10.0.0.0/33` is no prefix; write it like 175.45.176.0/22 or 2001:db8::/32",
            ),
            (
                "$ announce 10.0.0.0/8 64500 {64501,}",
                "`` is no AS number; write it like 131279 or AS131279",
            ),
            (
                "$ announce 10.0.0.0/8 64500 x",
                "`x` is no AS number; write it like 131279 or AS131279, and a set like {64501,64502}",
            ),
            (
                "$ announce 10.0.0.0/8 64500 dump=20141222.1600",
                "unexpected `dump=20141222.1600`; the form is `announce PREFIX[,PREFIX...] PATH [id=N]`",
            ),
            (
                "$ withdraw 10.0.0.0/8 64500",
                "unexpected `64500`; the form is `withdraw PREFIX[,PREFIX...] [id=N]`",
            ),
            (
                "$ withdraw 10.0.0.0/8 id=x",
                "`x` is not a path identifier; write it like `id=7`",
            ),
            (
                "$ withdraw 10.0.0.0/8 id=7",
                "`id=` needs a session with ADD-PATH; write `peer 64500@192.0.2.1 addpath` as well",
            ),
            (
                "$ update +10.0.0.0/8 +11.0.0.0/8 64500",
                "`+10.0.0.0/8 +11.0.0.0/8` must be one list with `-` and one with `+`; the form is `update -PREFIX[,PREFIX...] +PREFIX[,PREFIX...] PATH [id=N]`",
            ),
            (
                "$ state 6 down",
                "NEW cannot be `down`; write a number from 0 to 65535",
            ),
            (
                "$ eor ipv4",
                "`ipv4` is not an address family; write 4 or 6",
            ),
            (
                "$ raw 16 4 abc",
                "the body is not hexadecimal; write two digits per byte, or `-` for an empty body",
            ),
            (
                "$ rib 10.0.0.0/8 64500 dump=16:00",
                "`16:00` is not the time of a dump; write it like `dump=20141222.1600`",
            ),
            (
                "$ rib 10.0.0.0/8 64500 id=7",
                "`id=` needs a session with ADD-PATH; write `peer 64500@192.0.2.1 addpath` as well",
            ),
            (
                "$ table 4 many",
                "`many` is not a table size; write a number from 0 to 13369344",
            ),
            (
                "2014-12-22T16:00:00.5Z rrc00 64500@192.0.2.1 keepalive",
                "the time has a fraction of a second; write whole seconds, or `micro rrc00` as well",
            ),
            (
                "2014-12-22T16:00:00.5Z rrc00 64500@192.0.2.1 member",
                "records of a RIB dump have whole seconds; write the time without a fraction",
            ),
        ];
        for (line, expected) in cases {
            let line = line.replace('$', record);
            assert_eq!(error_of(&line), format!("line 3: {expected}"));
        }
    }

    #[test]
    fn directives_hold_for_the_whole_table() {
        let table = "\
            2014-12-22T16:00:00.25Z rrc00 64500@192.0.2.1 announce 10.0.0.0/8 - id=7 # comment\n\
            micro rrc00\n\
            peer AS64500@192.0.2.1 addpath\n";
        assert!(parse(table).is_ok());
    }
}
