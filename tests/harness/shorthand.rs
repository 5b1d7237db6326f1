//! Shorthand of scenarios and of expected tables; see [`super`].

const DAY: &str = "2014-12-22";

/// Columns that are often named have a short name.
pub fn full_name(column: &str) -> &str {
    match column {
        "full" => "peer_asns_full",
        "known" => "peer_asns_known",
        "seeing" => "peer_asns_seeing",
        "min" => "seeing_min",
        "max" => "seeing_max",
        other => other,
    }
}

/// A cell as expected tables have it.
pub fn shorthand(cell: &str) -> String {
    let Some(time) = cell.strip_prefix(&format!("{DAY}T")) else {
        return if cell.is_empty() {
            "-".to_owned()
        } else {
            cell.replace(' ', ",")
        };
    };
    let time = time.trim_end_matches('Z');
    let time = match time.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|b| b == b'0') => whole,
        _ => time,
    };
    time.strip_suffix(":00")
        .filter(|t| t.len() == 5)
        .unwrap_or(time)
        .to_owned()
}

/// The rows that a line of an expected table stands for.
pub fn rows_of(line: &str) -> Vec<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let rest = words[1..]
        .iter()
        .fold(String::new(), |all, word| all + " " + word);
    let minute = |t: &str| -> Option<u32> {
        let (hours, minutes) = t.split_once(':')?;
        Some(hours.parse::<u32>().ok()? * 60 + minutes.parse::<u32>().ok()?)
    };
    let span = words[0]
        .split_once('-')
        .and_then(|(a, b)| Some((minute(a)?, minute(b)?)));
    match span {
        Some((first, last)) => (first..=last)
            .map(|m| format!("{:02}:{:02}{rest}", m / 60, m % 60))
            .collect(),
        None => vec![format!("{}{rest}", words[0])],
    }
}

/// A time of the day with its date; any other word as it is.
pub fn dated(word: &str) -> String {
    let (clock, fraction) = word.split_once('.').unwrap_or((word, ""));
    let is_number = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = clock.split(':').collect();
    let is_time = matches!(parts.len(), 2 | 3) && parts.iter().all(|p| is_number(p));
    match (is_time, parts.len(), fraction) {
        (true, 2, "") => format!("{DAY}T{word}:00Z"),
        (true, 3, _) => format!("{DAY}T{word}Z"),
        _ => word.to_owned(),
    }
}

/// A scenario as the event table that it is short for.
pub fn longhand(scenario: &str) -> String {
    let mut text = String::new();
    for line in scenario.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let words: Vec<String> = line.split_whitespace().map(dated).collect();
        let written: Vec<String> = match words.first().map(String::as_str) {
            None => Vec::new(),
            Some("cover") if words.len() == 3 => {
                vec![format!("cover rrc00 {} {}", words[1], words[2])]
            }
            Some("micro") if words.len() == 1 => vec!["micro rrc00".to_owned()],
            Some("peer") => match peers(&words[1]) {
                Some((_, peers)) => peers
                    .into_iter()
                    .map(|(_, p)| format!("peer {p} {}", words[2..].join(" ")))
                    .collect(),
                None => vec![words.join(" ")],
            },
            Some("cover" | "micro") => vec![words.join(" ")],
            Some(time) => match peers(&words[1]) {
                Some((collector, peers)) => peers
                    .into_iter()
                    .map(|(asn, peer)| {
                        let rest = words[2..]
                            .iter()
                            .map(|w| if w == "@" { asn.clone() } else { w.clone() });
                        let rest: Vec<String> = rest.collect();
                        format!("{time} {collector} {peer} {}", rest.join(" "))
                    })
                    .collect(),
                None => vec![words.join(" ")],
            },
        };
        for line in written {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// Collector, and ASN and `ASN@IP` of each peer, of a word such as `ABC` or `sydney/A`.
pub fn peers(word: &str) -> Option<(String, Vec<(String, String)>)> {
    let (collector, letters) = word.split_once('/').unwrap_or(("rrc00", word));
    if letters.is_empty() || !letters.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let collector = match collector.starts_with("rrc") || collector.starts_with("route-views") {
        true => collector.to_owned(),
        false => format!("route-views.{collector}"),
    };
    let peer = |letter: u8| {
        let n = u32::from(letter - b'A') + 1;
        (
            (64500 + n).to_string(),
            format!("{}@192.0.2.{n}", 64500 + n),
        )
    };
    Some((collector, letters.bytes().map(peer).collect()))
}
