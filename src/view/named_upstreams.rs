//! The ASes that published events are about: a text begins with an AS number, or with a name that some
//! text puts before one, as in `TTK (AS20485)`.

use crate::model::net::Asn;
use crate::study::Published;
use std::collections::BTreeMap;

/// The ASes that published events begin with, ascending.
pub(super) fn of(published: &[Published]) -> Vec<Asn> {
    let names = aliases(published);
    let subjects = published.iter();
    let mut asns: Vec<Asn> = subjects
        .filter_map(|event| subject(&event.event, &names))
        .collect();
    asns.sort_unstable();
    asns.dedup();
    asns
}

/// Names that a text puts before an AS number in brackets.
pub(super) fn aliases(published: &[Published]) -> BTreeMap<String, Asn> {
    let mut names = BTreeMap::new();
    for event in published {
        let words: Vec<&str> = event.event.split_whitespace().collect();
        for pair in words.windows(2) {
            let [name, number] = pair else { continue };
            let number = number.strip_prefix('(').and_then(|n| n.split(')').next());
            if let Some(asn) = number.and_then(as_number) {
                names.insert((*name).to_owned(), asn);
            }
        }
    }
    names
}

/// The AS that a text begins with, by number or by a name.
pub(super) fn subject(text: &str, names: &BTreeMap<String, Asn>) -> Option<Asn> {
    let first = text.split_whitespace().next()?;
    let first = first.trim_end_matches([',', ':']);
    as_number(first).or_else(|| names.get(first).copied())
}

fn as_number(text: &str) -> Option<Asn> {
    text.strip_prefix("AS")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::of;
    use crate::model::time::Timestamp;
    use crate::study::Published;

    #[test]
    fn an_as_is_named_by_number_or_by_a_name_of_another_text() {
        let texts = [
            "TTK gone",
            "TTK (AS20485) appears",
            "AS29256: withdrawn",
            "down",
        ];
        let published: Vec<Published> = texts
            .into_iter()
            .map(|event| Published {
                at: Timestamp(0),
                event: event.to_owned(),
                certainty: None,
                source: None,
            })
            .collect();
        assert_eq!(of(&published), [20485, 29256]);
    }
}
