//! The story of a run, told once for everything that people read: terminal, `show`, report, figures
//! and notebooks. It is told from the rows of `events`, ranked by prefix-seconds lost; what it leaves
//! out it counts.
//!
//! `tell` is a pure function of what the tables say (`StoryInput`). `headline` sums the losses
//! up, `sentence` tells one of them, `certainty` what all of it rests on, `nothing` why there is
//! nothing to tell. No text ends with a full stop.

mod certainty;
mod headline;
mod input;
mod loose;
mod names;
mod nothing;
mod selection;
mod sentence;
#[cfg(test)]
mod tests;

pub use input::StoryFacts;
pub(crate) use input::StoryInput;
pub(crate) use loose::LooseLoss;
pub(crate) use names::{asns, lost_of};
pub(crate) use selection::{Loss, Selection};

use super::run_view::RunView;
use super::times::Clock;
use super::words::RECONSTRUCTION;

/// At most so many events are told in a sentence each.
const MAX_TOLD: usize = 3;

/// What a run found, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// A warning to put first, where the tables were rebuilt from published times.
    pub label: Option<&'static str>,
    /// What was found, in a sentence.
    pub headline: String,
    /// A sentence for each of the largest losses, the largest first.
    pub sentences: Vec<EventSentence>,
    /// What the sentences leave out, counted.
    pub left_out: Vec<String>,
    /// What the sentences rest on, where that is not the state at the window's begin.
    pub caveats: Vec<String>,
    /// By whose clocks, seen by whom, and how certain that is.
    pub certainty: Vec<String>,
    /// How far the times of the largest loss move under other choices; nothing where none were
    /// tried.
    pub sensitivity: Option<String>,
    /// The numbers behind it.
    pub facts: StoryFacts,
}

/// A loss in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSentence {
    /// The number of the row of `events`; nothing for outages that belong to none.
    pub event: Option<u32>,
    /// The sentence.
    pub text: String,
}

impl Story {
    /// The story of a run.
    pub fn of(view: &RunView) -> Self {
        tell(&StoryInput::of(view))
    }

    /// Everything but headline and sentences, in the order in which it is read.
    pub fn notes(&self) -> impl Iterator<Item = &str> {
        let texts = self.left_out.iter().chain(&self.caveats);
        let texts = texts.chain(&self.certainty).chain(&self.sensitivity);
        texts.map(String::as_str)
    }
}

/// Tells what the tables say.
pub(crate) fn tell(input: &StoryInput<'_>) -> Story {
    let selection = Selection::of(input);
    let told = selection.ranked.iter().take(MAX_TOLD);
    let sentences = told.map(|loss| {
        let clock = Clock::within(input.window, input.precision);
        match loss {
            Loss::Event(event) => EventSentence {
                event: Some(event.event),
                text: sentence::event(input, &selection, event, clock),
            },
            Loss::Loose(loss) => EventSentence {
                event: None,
                text: loss.sentence(clock, input.window, input.baseline.min_life),
            },
        }
    });
    Story {
        label: input.is_reconstruction().then_some(RECONSTRUCTION),
        headline: match selection.ranked.is_empty() {
            true => nothing::headline(input),
            false => headline::of(input, &selection),
        },
        sentences: sentences.collect(),
        left_out: selection.left_out(MAX_TOLD),
        caveats: certainty::caveats(input, &selection),
        certainty: certainty::sentences(input, &selection),
        sensitivity: certainty::sensitivity(input, &selection),
        facts: input.facts.clone(),
    }
}
