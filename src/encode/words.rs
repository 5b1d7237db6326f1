//! The words of a line, and what each may be.

use super::seconds;
use crate::model::net::{Family, Prefix, parse_asn};
use crate::model::path::{AsPath, Segment};
use crate::model::peer::{Collector, Session};
use crate::model::time::Timestamp;

/// Filler prefixes: as many as there are /24s from 20.0.0.0 to 223.255.255.255.
const MAX_FILLERS: u32 = (224 - 20) << 16;

/// The words of a line, taken from the left; options like `id=7` apart.
pub(super) struct Words<'a> {
    pub(super) left: Vec<&'a str>,
    options: Vec<(&'a str, &'a str)>,
    /// How the line is written, for those who wrote it otherwise.
    pub(super) usage: &'static str,
}

impl<'a> Words<'a> {
    pub(super) fn of(line: &'a str) -> Self {
        let mut left: Vec<_> = line.split_whitespace().collect();
        let mut options = Vec::new();
        while let Some(option) = left.last().and_then(|word| word.split_once('=')) {
            options.push(option);
            left.pop();
        }
        Self {
            left,
            options,
            usage: "",
        }
    }

    /// Takes a directive's own word.
    pub(super) fn begin(&mut self, usage: &'static str) -> Result<(), String> {
        self.usage = usage;
        self.next("directive").map(drop)
    }

    pub(super) fn next(&mut self, name: &str) -> Result<&'a str, String> {
        if self.left.is_empty() {
            return Err(format!("{name} is missing; write `{}`", self.usage));
        }
        Ok(self.left.remove(0))
    }

    /// Nothing may be left over.
    pub(super) fn end(&self) -> Result<(), String> {
        let extra = match (self.left.first(), self.options.first()) {
            (Some(word), _) => (*word).to_owned(),
            (None, Some((key, value))) => format!("{key}={value}"),
            (None, None) => return Ok(()),
        };
        Err(format!("`{extra}` is too much; write `{}`", self.usage))
    }

    pub(super) fn time(&mut self) -> Result<Timestamp, String> {
        let time = Timestamp::parse(self.next("TIME")?)?;
        if seconds(time) == u32::MAX {
            return Err(format!(
                "{time} does not fit an MRT record; write a time before 2106"
            ));
        }
        Ok(time)
    }

    pub(super) fn collector(&mut self) -> Result<Collector, String> {
        Collector::new(self.next("COLLECTOR")?)
    }

    pub(super) fn session(&mut self) -> Result<Session, String> {
        let word = self.next("ASN@IP")?;
        let form = || format!("`{word}` is no peer; write it like 64500@192.0.2.1");
        let (asn, ip) = word.split_once('@').ok_or_else(form)?;
        Ok(Session {
            asn: parse_asn(asn).map_err(|_| form())?,
            ip: ip.parse().map_err(|_| form())?,
        })
    }

    /// `-PREFIX,… +PREFIX,…`, either first.
    pub(super) fn signed_prefixes(&mut self) -> Result<(Vec<Prefix>, Vec<Prefix>), String> {
        let (a, b) = (self.next("-PREFIX")?, self.next("+PREFIX")?);
        let withdrawn = a.strip_prefix('-').or_else(|| b.strip_prefix('-'));
        let announced = a.strip_prefix('+').or_else(|| b.strip_prefix('+'));
        match (withdrawn, announced) {
            (Some(withdrawn), Some(announced)) => Ok((prefixes(withdrawn)?, prefixes(announced)?)),
            _ => Err(format!(
                "`{a} {b}` needs one word with `-` and one with `+`; write `{}`",
                self.usage
            )),
        }
    }

    pub(super) fn family(&mut self) -> Result<Family, String> {
        let word = self.next("4|6")?;
        Family::BOTH
            .into_iter()
            .find(|family| family.label() == word)
            .ok_or_else(|| format!("`{word}` is no address family; write 4 or 6"))
    }

    pub(super) fn number(&mut self, name: &str) -> Result<u16, String> {
        let word = self.next(name)?;
        word.parse()
            .map_err(|_| format!("`{word}` is no {name}; write a number from 0 to 65535"))
    }

    pub(super) fn count(&mut self) -> Result<u32, String> {
        let word = self.next("N")?;
        word.parse()
            .ok()
            .filter(|&n| n <= MAX_FILLERS)
            .ok_or_else(|| format!("`{word}` is no size; write a number from 0 to {MAX_FILLERS}"))
    }

    /// The rest of the line as bytes.
    pub(super) fn hex(&mut self) -> Result<Vec<u8>, String> {
        let mut digits = self.next("HEX")?.to_owned();
        digits.extend(self.left.drain(..));
        if digits == "-" {
            return Ok(Vec::new());
        }
        let byte = |pair: &[u8]| {
            let pair = std::str::from_utf8(pair).ok()?;
            let is_hex = pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit());
            is_hex.then(|| u8::from_str_radix(pair, 16).ok()).flatten()
        };
        let bytes: Option<_> = digits.as_bytes().chunks(2).map(byte).collect();
        bytes.ok_or_else(|| {
            "the body is no HEX; write two hexadecimal digits a byte, or `-` for none".to_owned()
        })
    }

    /// The rest of the line as an AS path.
    pub(super) fn path(&mut self) -> Result<AsPath, String> {
        let words = std::mem::take(&mut self.left);
        match words[..] {
            [] => Err(format!(
                "the AS path is missing; write `{}`, and `-` for an empty path",
                self.usage
            )),
            ["-"] => Ok(AsPath::default()),
            _ => read_path(&words),
        }
    }

    fn option(&mut self, key: &str) -> Option<&'a str> {
        let at = self.options.iter().position(|(k, _)| *k == key)?;
        Some(self.options.remove(at).1)
    }

    pub(super) fn id(&mut self) -> Result<Option<u32>, String> {
        let form = |word| format!("`{word}` is no path id; write it like `id=7`");
        let id = self.option("id");
        id.map(|word| word.parse().map_err(|_| form(word)))
            .transpose()
    }

    pub(super) fn dump(&mut self) -> Result<Option<Timestamp>, String> {
        let form = |word| format!("`{word}` is no stamp; write it like `dump=20141222.1600`");
        let dump = self.option("dump");
        dump.map(|word| Timestamp::parse_stamp(word).ok_or_else(|| form(word)))
            .transpose()
    }
}

/// Prefixes separated by commas.
pub(super) fn prefixes(word: &str) -> Result<Vec<Prefix>, String> {
    word.split(',').map(str::parse).collect()
}

fn read_path(words: &[&str]) -> Result<AsPath, String> {
    let mut segments = Vec::new();
    for word in words {
        let within = |open, close| word.strip_prefix(open)?.strip_suffix(close);
        if let Some(members) = within('{', '}') {
            segments.push(Segment::Set(asns(members)?));
        } else if let Some(members) = within('(', ')') {
            segments.push(Segment::Confederation(asns(members)?));
        } else {
            let asn =
                parse_asn(word).map_err(|e| format!("{e}, and a set like {{64501,64502}}"))?;
            match segments.last_mut() {
                Some(Segment::Sequence(asns)) => asns.push(asn),
                _ => segments.push(Segment::Sequence(vec![asn])),
            }
        }
    }
    Ok(AsPath { segments })
}

/// AS numbers separated by commas.
fn asns(word: &str) -> Result<Vec<u32>, String> {
    word.split(',').map(parse_asn).collect()
}
