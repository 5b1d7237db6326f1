//! The tokens of a line, and the checks of each kind of value.

use super::seconds;
use crate::model::net::{Family, Prefix, parse_asn};
use crate::model::path::{AsPath, Segment};
use crate::model::peer::{Collector, Session};
use crate::model::time::Timestamp;

/// Filler prefixes: as many as there are /24s from 20.0.0.0 to 223.255.255.255.
const MAX_FILLERS: u32 = (224 - 20) << 16;

/// The tokens of a line, taken from the left, and its options like `id=7`.
pub(super) struct Tokens<'a> {
    pub(super) rest: Vec<&'a str>,
    options: Vec<(&'a str, &'a str)>,
    /// The correct form of the line, for error messages.
    pub(super) usage: &'static str,
}

impl<'a> Tokens<'a> {
    pub(super) fn of(line: &'a str) -> Self {
        let mut rest: Vec<_> = line.split_whitespace().collect();
        let mut options = Vec::new();
        while let Some(option) = rest.last().and_then(|token| token.split_once('=')) {
            options.push(option);
            rest.pop();
        }
        Self {
            rest,
            options,
            usage: "",
        }
    }

    /// Takes the name of a directive.
    pub(super) fn begin(&mut self, usage: &'static str) -> Result<(), String> {
        self.usage = usage;
        self.next("directive").map(drop)
    }

    pub(super) fn next(&mut self, name: &str) -> Result<&'a str, String> {
        if self.rest.is_empty() {
            return Err(format!("{name} is missing; the form is `{}`", self.usage));
        }
        Ok(self.rest.remove(0))
    }

    /// Checks that no token or option is left.
    pub(super) fn end(&self) -> Result<(), String> {
        let extra = match (self.rest.first(), self.options.first()) {
            (Some(token), _) => (*token).to_owned(),
            (None, Some((key, value))) => format!("{key}={value}"),
            (None, None) => return Ok(()),
        };
        Err(format!(
            "unexpected `{extra}`; the form is `{}`",
            self.usage
        ))
    }

    pub(super) fn time(&mut self) -> Result<Timestamp, String> {
        let time = Timestamp::parse(self.next("TIME")?)?;
        if seconds(time) == u32::MAX {
            return Err(format!(
                "{time} is too late for an MRT record; write a time before 2106"
            ));
        }
        Ok(time)
    }

    pub(super) fn collector(&mut self) -> Result<Collector, String> {
        Collector::new(self.next("COLLECTOR")?)
    }

    pub(super) fn session(&mut self) -> Result<Session, String> {
        let token = self.next("ASN@IP")?;
        let form = || format!("`{token}` is not a peer; write it like 64500@192.0.2.1");
        let (asn, ip) = token.split_once('@').ok_or_else(form)?;
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
                "`{a} {b}` must be one list with `-` and one with `+`; the form is `{}`",
                self.usage
            )),
        }
    }

    pub(super) fn family(&mut self) -> Result<Family, String> {
        let token = self.next("4|6")?;
        Family::BOTH
            .into_iter()
            .find(|family| family.label() == token)
            .ok_or_else(|| format!("`{token}` is not an address family; write 4 or 6"))
    }

    pub(super) fn number(&mut self, name: &str) -> Result<u16, String> {
        let token = self.next(name)?;
        token
            .parse()
            .map_err(|_| format!("{name} cannot be `{token}`; write a number from 0 to 65535"))
    }

    pub(super) fn count(&mut self) -> Result<u32, String> {
        let token = self.next("N")?;
        token
            .parse()
            .ok()
            .filter(|&n| n <= MAX_FILLERS)
            .ok_or_else(|| {
                format!("`{token}` is not a table size; write a number from 0 to {MAX_FILLERS}")
            })
    }

    /// The rest of the line as bytes.
    pub(super) fn hex(&mut self) -> Result<Vec<u8>, String> {
        let mut digits = self.next("HEX")?.to_owned();
        digits.extend(self.rest.drain(..));
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
            "the body is not hexadecimal; write two digits per byte, or `-` for an empty body"
                .to_owned()
        })
    }

    /// The rest of the line as an AS path.
    pub(super) fn path(&mut self) -> Result<AsPath, String> {
        let tokens = std::mem::take(&mut self.rest);
        match tokens[..] {
            [] => Err(format!(
                "the AS path is missing; the form is `{}`, with `-` for an empty path",
                self.usage
            )),
            ["-"] => Ok(AsPath::default()),
            _ => read_path(&tokens),
        }
    }

    fn option(&mut self, key: &str) -> Option<&'a str> {
        let at = self.options.iter().position(|(k, _)| *k == key)?;
        Some(self.options.remove(at).1)
    }

    pub(super) fn id(&mut self) -> Result<Option<u32>, String> {
        let form = |token| format!("`{token}` is not a path identifier; write it like `id=7`");
        let id = self.option("id");
        id.map(|token| token.parse().map_err(|_| form(token)))
            .transpose()
    }

    pub(super) fn dump(&mut self) -> Result<Option<Timestamp>, String> {
        let form = |token| {
            format!("`{token}` is not the time of a dump; write it like `dump=20141222.1600`")
        };
        let dump = self.option("dump");
        dump.map(|token| Timestamp::parse_stamp(token).ok_or_else(|| form(token)))
            .transpose()
    }
}

/// Prefixes separated by commas.
pub(super) fn prefixes(token: &str) -> Result<Vec<Prefix>, String> {
    token.split(',').map(str::parse).collect()
}

fn read_path(tokens: &[&str]) -> Result<AsPath, String> {
    let mut segments = Vec::new();
    for token in tokens {
        let within = |open, close| token.strip_prefix(open)?.strip_suffix(close);
        if let Some(members) = within('{', '}') {
            segments.push(Segment::Set(asns(members)?));
        } else if let Some(members) = within('(', ')') {
            segments.push(Segment::Confederation(asns(members)?));
        } else {
            let asn =
                parse_asn(token).map_err(|e| format!("{e}, and a set like {{64501,64502}}"))?;
            match segments.last_mut() {
                Some(Segment::Sequence(asns)) => asns.push(asn),
                _ => segments.push(Segment::Sequence(vec![asn])),
            }
        }
    }
    Ok(AsPath { segments })
}

/// AS numbers separated by commas.
fn asns(token: &str) -> Result<Vec<u32>, String> {
    token.split(',').map(parse_asn).collect()
}
