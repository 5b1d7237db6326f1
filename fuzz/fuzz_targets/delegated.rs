//! What tells of a country: a registry's statistics file, plain or packed, and a country's own
//! list. The first byte chooses.
//!
//! Laws: no panic; memory bounded (by libFuzzer's limit); no address is given twice by one record;
//! the watch list that comes of it is sorted.
#![no_main]

use dropline::registry::country_list::CountryList;
use dropline::registry::read_delegated;
use dropline::watchlist::{StatisticsFile, WatchList};
use dropline_fuzz::file;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&how, bytes)) = data.split_first() else {
        return;
    };
    match how % 3 {
        0 => {
            if let Ok(found) = read_delegated(bytes, "KP") {
                let _ = found.warnings();
                assert!(found.without_country <= found.records);
                let by = std::sync::Arc::new(StatisticsFile {
                    registry: found.registry.clone(),
                    day: found.date,
                    file: "case".to_owned(),
                });
                let list = WatchList::new(found.items(&by));
                assert!(list.items().len() <= found.resources.len());
                for (resource, _) in &found.resources {
                    let watched = match resource {
                        dropline::watchlist::Resource::Block(block) => list.watches(*block),
                        dropline::watchlist::Resource::Origin(asn) => list.watches_origin(*asn),
                    };
                    assert!(watched, "{resource:?}");
                }
            }
        }
        1 => {
            let path = file("delegated", bytes);
            let _ = dropline::registry::statistics::of_file("KP", &path);
        }
        _ => {
            let text = String::from_utf8_lossy(bytes);
            let _ = CountryList::parse(&text, "KP");
        }
    }
});
