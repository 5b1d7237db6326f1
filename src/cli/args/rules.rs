//! The flags of the rules, made from the table of rules ([`RULES`]).

use crate::study::rules::{RULES, Rule, RuleSettings, RuleValue};
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Args, Command, FromArgMatches, Id, error::Error};

/// The rules that the command line sets.
#[derive(Debug, Clone, Default)]
pub(crate) struct RuleArgs(pub RuleSettings);

/// The group that all of these flags belong to.
const GROUP: &str = "RuleArgs";

impl Args for RuleArgs {
    fn group_id() -> Option<Id> {
        Some(Id::from(GROUP))
    }

    fn augment_args(command: Command) -> Command {
        let keys = RULES.iter().map(|rule| rule.key);
        command
            .group(ArgGroup::new(GROUP).multiple(true).args(keys))
            .args(RULES.iter().map(flag))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn flag(rule: &'static Rule) -> Arg {
    let flag = Arg::new(rule.key)
        .long(rule.flag)
        .help(rule.help)
        .help_heading("Rules");
    match rule.is_switch() {
        true => flag.action(ArgAction::SetTrue),
        false => flag
            .value_name(rule.value_name)
            .value_parser(move |text: &str| rule.parse(text)),
    }
}

impl FromArgMatches for RuleArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut settings = RuleSettings::default();
        for rule in &RULES {
            let value = match rule.is_switch() {
                true => matches
                    .get_flag(rule.key)
                    .then_some(RuleValue::Switch(true)),
                false => matches.get_one::<RuleValue>(rule.key).cloned(),
            };
            if let Some(value) = value {
                settings.push(rule, value);
            }
        }
        Ok(Self(settings))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
