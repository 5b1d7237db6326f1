//! Reading the text: words into lines, each checked, with an answer to what is wrong with it.

use super::words::{Words, prefixes};
use super::{AsnSize, Cover, EncodeError, Events, Held, Holding, Line, PathIds, Raw, Said};
use crate::model::path::AsPath;
use crate::model::peer::Session;
use crate::model::time::{SECOND, Timestamp};

const PEER: &str = "peer ASN@IP [as2] [addpath]";
const COVER: &str = "cover COLLECTOR FROM TO";
/// Each five minutes become a file, and no window is longer.
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
/// Reads an event table; the format is told at the head of [the module](super).
///
/// # Errors
/// A line is not understood, or cannot be written as it stands: the first one, by its number.
pub fn parse(text: &str) -> Result<Events, EncodeError> {
    let mut events = Events::default();
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

fn read_line(events: &mut Events, number: usize, line: &str) -> Result<(), String> {
    let said = line.split_once('#').map_or(line, |(said, _)| said);
    let mut words = Words::of(said);
    match words.left.first() {
        None => Ok(()),
        Some(&"peer") => {
            words.begin(PEER)?;
            read_peer(events, &mut words)
        }
        Some(&"cover") => {
            words.begin(COVER)?;
            read_cover(events, &mut words)
        }
        Some(&"micro") => {
            words.begin(MICRO)?;
            events.micro.insert(words.collector()?);
            words.end()
        }
        Some(_) => read_record(events, number, words),
    }
}

fn read_peer(events: &mut Events, words: &mut Words<'_>) -> Result<(), String> {
    let options = events.sessions.entry(words.session()?).or_default();
    for word in words.left.drain(..) {
        match word {
            "as2" => options.asn_size = AsnSize::Two,
            "addpath" => options.path_ids = PathIds::With,
            _ => {
                return Err(format!(
                    "`{word}` is no option of a peer; write `as2`, `addpath`, both or none"
                ));
            }
        }
    }
    words.end()
}

fn read_cover(events: &mut Events, words: &mut Words<'_>) -> Result<(), String> {
    let (collector, from, to) = (words.collector()?, words.time()?, words.time()?);
    if from >= to {
        return Err(format!(
            "{to} is not after {from}; write the earlier time first"
        ));
    }
    if to.0 - from.0 > LONGEST_COVER {
        return Err("more than 400 days are covered; write several lines".to_owned());
    }
    events.covers.push(Cover {
        collector,
        from,
        to,
    });
    words.end()
}

fn read_record(events: &mut Events, number: usize, mut words: Words<'_>) -> Result<(), String> {
    words.usage = RECORD;
    if let Some(word) = words.left.first()
        && !word.starts_with(|c: char| c.is_ascii_digit())
    {
        return Err(format!(
            "`{word}` begins no line; write a time first, or `peer`, `cover` or `micro`"
        ));
    }
    let (time, collector, session) = (words.time()?, words.collector()?, words.session()?);
    let verb = words.next("VERB")?;
    if let Some((_, usage)) = VERBS.iter().find(|(name, _)| *name == verb) {
        words.usage = usage;
    }
    match read_verb(verb, &mut words)? {
        What::Said(what) => events.said.push(Line {
            number,
            time,
            collector,
            session,
            what,
        }),
        What::Held(dump, what) => events.held.push(Line {
            number,
            time,
            collector,
            session,
            what: Held {
                dump: dump.unwrap_or(time.minute()),
                what,
            },
        }),
    }
    words.end()
}

/// What a record says, and so where it goes.
enum What {
    Said(Said),
    Held(Option<Timestamp>, Holding),
}

fn read_verb(verb: &str, words: &mut Words<'_>) -> Result<What, String> {
    Ok(match verb {
        "announce" => What::Said(Said::Update {
            id: words.id()?,
            withdrawn: Vec::new(),
            announced: prefixes(words.next("PREFIX")?)?,
            path: words.path()?,
        }),
        "withdraw" => What::Said(Said::Update {
            id: words.id()?,
            withdrawn: prefixes(words.next("PREFIX")?)?,
            announced: Vec::new(),
            path: AsPath::default(),
        }),
        "update" => {
            let id = words.id()?;
            let (withdrawn, announced) = words.signed_prefixes()?;
            let path = words.path()?;
            What::Said(Said::Update {
                withdrawn,
                announced,
                path,
                id,
            })
        }
        "announce-table" => What::Said(Said::Table {
            id: words.id()?,
            family: words.family()?,
            count: words.count()?,
            path: words.path()?,
        }),
        "state" => What::Said(Said::State {
            old: words.number("OLD")?,
            new: words.number("NEW")?,
        }),
        "eor" => What::Said(Said::EndOfRib(words.family()?)),
        "keepalive" => What::Said(Said::Keepalive),
        "raw" => {
            let dump = words.dump()?;
            let raw = Raw {
                kind: words.number("TYPE")?,
                subtype: words.number("SUBTYPE")?,
                body: words.hex()?,
            };
            match dump {
                Some(_) => What::Held(dump, Holding::Raw(raw)),
                None => What::Said(Said::Raw(raw)),
            }
        }
        "rib" => {
            let (dump, id) = (words.dump()?, words.id()?);
            let prefix = words.next("PREFIX")?.parse()?;
            let path = words.path()?;
            What::Held(dump, Holding::Route { prefix, path, id })
        }
        "table" => {
            let dump = words.dump()?;
            let (family, count) = (words.family()?, words.count()?);
            What::Held(dump, Holding::Table { family, count })
        }
        "member" => What::Held(words.dump()?, Holding::Member),
        _ => {
            let names: Vec<_> = VERBS.iter().map(|(name, _)| *name).collect();
            let names = names.join(", ");
            return Err(format!("`{verb}` is no verb; write one of {names}"));
        }
    })
}

/// What only the whole table tells: whether a time or a path id can be written.
fn check(events: &Events) -> Result<(), EncodeError> {
    let has_ids = |session| events.options(session).path_ids == PathIds::With;
    let needs_addpath = |session: Session| {
        let Session { asn, ip } = session;
        format!("`id=` needs a session with ADD-PATH; write `peer {asn}@{ip} addpath` as well")
    };
    for line in &events.said {
        if line.time.0 % SECOND != 0 && !events.micro.contains(&line.collector) {
            return Err(line.error(format!(
                "the time has a fraction of a second; write whole seconds, or `micro {}` as well",
                line.collector
            )));
        }
        let (Said::Update { id, .. } | Said::Table { id, .. }) = &line.what else {
            continue;
        };
        if id.is_some() && !has_ids(line.session) {
            return Err(line.error(needs_addpath(line.session)));
        }
    }
    for line in &events.held {
        if line.time.0 % SECOND != 0 {
            let message = "the records of a RIB dump have whole seconds; write the time so";
            return Err(line.error(message));
        }
        if let Holding::Route { id: Some(_), .. } = &line.what.what
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

    /// What `parse` has against a line. The line stands third, behind a comment and a blank one.
    fn complaint(line: &str) -> String {
        match parse(&format!("# an event table\n\n{line}\n")) {
            Ok(_) => format!("`{line}` is fine"),
            Err(e) => e.to_string(),
        }
    }

    #[test]
    fn says_what_is_wrong_and_what_to_write_instead() {
        let said = "2014-12-22T16:00:00Z rrc00 64500@192.0.2.1";
        let cases = [
            (
                "peers 64500@192.0.2.1",
                "`peers` begins no line; write a time first, or `peer`, `cover` or `micro`",
            ),
            (
                "peer 64500",
                "`64500` is no peer; write it like 64500@192.0.2.1",
            ),
            (
                "peer 64500@192.0.2.1 as4",
                "`as4` is no option of a peer; write `as2`, `addpath`, both or none",
            ),
            (
                "peer 64500@192.0.2.1 id=1",
                "`id=1` is too much; write `peer ASN@IP [as2] [addpath]`",
            ),
            ("micro", "COLLECTOR is missing; write `micro COLLECTOR`"),
            (
                "micro rrc00 rrc01",
                "`rrc01` is too much; write `micro COLLECTOR`",
            ),
            (
                "cover rrc00 2014-12-22",
                "TIME is missing; write `cover COLLECTOR FROM TO`",
            ),
            (
                "cover rrc00 2014-12-22 2014-12-22",
                "2014-12-22T00:00:00Z is not after 2014-12-22T00:00:00Z; write the earlier time first",
            ),
            (
                "cover rrc00 1970-01-02 2070-01-01",
                "more than 400 days are covered; write several lines",
            ),
            (
                "2014-12-22 rrc/00",
                "`rrc/00` is no collector; write it like rrc00 or route-views.sydney",
            ),
            (
                "2014-12-22 rrc00 64500@localhost eor 4",
                "`64500@localhost` is no peer; write it like 64500@192.0.2.1",
            ),
            (
                "2014-12-22 rrc00 64500@192.0.2.1",
                "VERB is missing; write `TIME COLLECTOR ASN@IP VERB …`",
            ),
            (
                "2106-12-22 rrc00 64500@192.0.2.1 keepalive",
                "2106-12-22T00:00:00Z does not fit an MRT record; write a time before 2106",
            ),
            (
                "$ anounce 10.0.0.0/8 64500",
                "`anounce` is no verb; write one of announce, withdraw, update, announce-table, state, eor, keepalive, raw, rib, table, member",
            ),
            (
                "$ announce 10.0.0.0/8",
                "the AS path is missing; write `announce PREFIX[,PREFIX...] PATH [id=N]`, and `-` for an empty path",
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
                "`dump=20141222.1600` is too much; write `announce PREFIX[,PREFIX...] PATH [id=N]`",
            ),
            (
                "$ withdraw 10.0.0.0/8 64500",
                "`64500` is too much; write `withdraw PREFIX[,PREFIX...] [id=N]`",
            ),
            (
                "$ withdraw 10.0.0.0/8 id=x",
                "`x` is no path id; write it like `id=7`",
            ),
            (
                "$ withdraw 10.0.0.0/8 id=7",
                "`id=` needs a session with ADD-PATH; write `peer 64500@192.0.2.1 addpath` as well",
            ),
            (
                "$ update +10.0.0.0/8 +11.0.0.0/8 64500",
                "`+10.0.0.0/8 +11.0.0.0/8` needs one word with `-` and one with `+`; write `update -PREFIX[,PREFIX...] +PREFIX[,PREFIX...] PATH [id=N]`",
            ),
            (
                "$ state 6 down",
                "`down` is no NEW; write a number from 0 to 65535",
            ),
            ("$ eor ipv4", "`ipv4` is no address family; write 4 or 6"),
            (
                "$ raw 16 4 abc",
                "the body is no HEX; write two hexadecimal digits a byte, or `-` for none",
            ),
            (
                "$ rib 10.0.0.0/8 64500 dump=16:00",
                "`16:00` is no stamp; write it like `dump=20141222.1600`",
            ),
            (
                "$ rib 10.0.0.0/8 64500 id=7",
                "`id=` needs a session with ADD-PATH; write `peer 64500@192.0.2.1 addpath` as well",
            ),
            (
                "$ table 4 many",
                "`many` is no size; write a number from 0 to 13369344",
            ),
            (
                "2014-12-22T16:00:00.5Z rrc00 64500@192.0.2.1 keepalive",
                "the time has a fraction of a second; write whole seconds, or `micro rrc00` as well",
            ),
            (
                "2014-12-22T16:00:00.5Z rrc00 64500@192.0.2.1 member",
                "the records of a RIB dump have whole seconds; write the time so",
            ),
        ];
        for (line, expected) in cases {
            let line = line.replace('$', said);
            assert_eq!(complaint(&line), format!("line 3: {expected}"));
        }
    }

    #[test]
    fn directives_hold_wherever_they_stand() {
        let table = "\
            2014-12-22T16:00:00.25Z rrc00 64500@192.0.2.1 announce 10.0.0.0/8 - id=7 # comment\n\
            micro rrc00\n\
            peer AS64500@192.0.2.1 addpath\n";
        assert!(parse(table).is_ok());
    }
}
