//! Rules as they are written: some of them in an incident file or as flags ([`RuleSettings`]), all
//! of them in `run.json` (the serde form of [`Rules`]).

use super::schema::{Field, Limits, RULES, Rule};
use super::values::{FeedRule, Profile, Rules};
use crate::model::time::{TimeDelta, Timestamp};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Error as _, IntoDeserializer, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The value of a rule as it is written, in the rule's own unit.
#[derive(Debug, Clone, PartialEq)]
pub enum RuleValue {
    /// A word, such as `ioda`.
    Text(String),
    /// A whole number of the rule's unit.
    Number(i64),
    /// An instant.
    Time(Timestamp),
    /// On or off.
    Switch(bool),
}

/// The rules that an incident file or the command line sets; all others keep their values.
#[derive(Debug, Clone, Default)]
pub struct RuleSettings(Vec<(&'static Rule, RuleValue)>);

impl RuleSettings {
    /// Adds the value of a rule.
    pub fn push(&mut self, rule: &'static Rule, value: RuleValue) {
        self.0.push((rule, value));
    }

    /// Sets these rules. IODA's profile brings its full-feed thresholds with it, unless full feed
    /// is set here as well.
    ///
    /// # Errors
    /// A value is not one of its rule; the text names the rule.
    pub(crate) fn apply(&self, rules: &mut Rules) -> Result<(), String> {
        let before = rules.profile;
        rules.profile = Profile::Own;
        for (rule, value) in &self.0 {
            rule.set(rules, value)?;
        }
        let sets_full_feed = self.0.iter().any(|(rule, _)| rule.key == "full_feed");
        match rules.profile {
            Profile::Ioda if !sets_full_feed => rules.full_feed = FeedRule::Ioda,
            Profile::Ioda => {}
            Profile::Own => rules.profile = before,
        }
        Ok(())
    }
}

impl Rule {
    /// The rule with this key in an incident file.
    fn with_key(key: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.key == key)
    }

    /// Whether it is a switch, whose flag takes no value.
    pub(crate) const fn is_switch(&self) -> bool {
        matches!(self.field, Field::Switch { .. })
    }

    /// Reads the value of its flag.
    ///
    /// # Errors
    /// It is no value of this rule, or beyond the limits.
    pub fn parse(&self, text: &str) -> Result<RuleValue, String> {
        let value = match &self.field {
            Field::Text { .. } => RuleValue::Text(text.to_owned()),
            Field::Number { limits, .. } | Field::Span { limits, .. } => {
                let n: i64 = text
                    .parse()
                    .map_err(|e: std::num::ParseIntError| e.to_string())?;
                let (least, most) = (limits.flag.start(), limits.flag.end());
                match u32::try_from(n).is_ok_and(|n| limits.flag.contains(&n)) {
                    true => RuleValue::Number(n),
                    false => return Err(format!("{n} is not in {least}..={most}")),
                }
            }
            Field::Time { .. } => RuleValue::Time(Timestamp::parse(text)?),
            Field::Switch { .. } => RuleValue::Switch(true),
        };
        self.check(&value).map(|()| value)
    }

    /// Whether a value is one of this rule.
    fn check(&self, value: &RuleValue) -> Result<(), String> {
        self.set(&mut Rules::default(), value)
    }

    fn set(&self, rules: &mut Rules, value: &RuleValue) -> Result<(), String> {
        let number = |n: i64, limits: &Limits| match u32::try_from(n) {
            Ok(n) if n <= limits.file_limit => Ok(n.min(limits.file_max)),
            _ => Err(format!("`{}`: {n} is out of range", self.key)),
        };
        match (&self.field, value) {
            (Field::Text { set, .. }, RuleValue::Text(text)) => set(rules, text)?,
            (Field::Number { set, limits, .. }, RuleValue::Number(n)) => {
                set(rules, number(*n, limits)?);
            }
            (
                Field::Span {
                    unit, limits, set, ..
                },
                RuleValue::Number(n),
            ) => {
                set(rules, unit.times(number(*n, limits)?.into()));
            }
            (Field::Time { set, .. }, RuleValue::Time(at)) => set(rules, *at),
            (Field::Switch { set, .. }, RuleValue::Switch(is_on)) => set(rules, *is_on),
            (field, _) => return Err(format!("the value of `{}` is no {field:?}", self.key)),
        }
        Ok(())
    }

    /// Its value as an incident file has it; `None` where the file leaves the rule out.
    pub fn value(&self, rules: &Rules) -> Option<RuleValue> {
        Some(match &self.field {
            Field::Text { get, .. } => RuleValue::Text(get(rules)?),
            Field::Number { get, .. } => RuleValue::Number(get(rules).into()),
            Field::Span { get, unit, .. } => RuleValue::Number(get(rules)?.whole(*unit)),
            Field::Time { get, .. } => RuleValue::Time(get(rules)?),
            Field::Switch { get, .. } => RuleValue::Switch(get(rules)),
        })
    }

    /// Sets it from `run.json`, where spans are in seconds and instants are text.
    fn set_from_manifest(&self, rules: &mut Rules, value: RuleValue) -> Result<(), String> {
        match (&self.field, value) {
            (Field::Text { none, .. }, RuleValue::Text(text)) if text == *none => Ok(()),
            (
                Field::Span {
                    unit, limits, set, ..
                },
                RuleValue::Number(seconds),
            ) => {
                let span = seconds.checked_mul(TimeDelta::SECOND.0);
                let span = span.filter(|&span| span >= 0);
                let span = span.ok_or_else(|| format!("{seconds} s is no span of time"))?;
                set(
                    rules,
                    TimeDelta(span).min(unit.times(limits.file_max.into())),
                );
                Ok(())
            }
            (Field::Time { set, .. }, RuleValue::Text(text)) => {
                set(rules, Timestamp::parse(&text)?);
                Ok(())
            }
            (_, value) => self.set(rules, &value),
        }
    }
}

impl Serialize for Rules {
    /// As `run.json` has them: every rule under its key there.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(RULES.len()))?;
        for rule in &RULES {
            let key = rule.manifest_key;
            match &rule.field {
                Field::Text { get, none, .. } => {
                    map.serialize_entry(key, &get(self).unwrap_or_else(|| (*none).to_owned()))?;
                }
                Field::Number { get, .. } => map.serialize_entry(key, &get(self))?,
                Field::Span { get, .. } => {
                    map.serialize_entry(key, &get(self).map(TimeDelta::as_secs))?;
                }
                Field::Time { get, .. } => map.serialize_entry(key, &get(self))?,
                Field::Switch { get, .. } => map.serialize_entry(key, &get(self))?,
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Rules {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AllRules;

        impl<'de> Visitor<'de> for AllRules {
            type Value = Rules;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the rules of a run")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Rules, A::Error> {
                let mut rules = Rules::default();
                let mut seen = [false; RULES.len()];
                while let Some(key) = map.next_key::<String>()? {
                    let at = RULES.iter().position(|rule| rule.manifest_key == key);
                    let Some(at) = at else {
                        map.next_value::<serde::de::IgnoredAny>()?;
                        continue;
                    };
                    if std::mem::replace(&mut seen[at], true) {
                        return Err(A::Error::custom(format!("duplicate field `{key}`")));
                    }
                    match map.next_value::<Option<RuleValue>>()? {
                        Some(value) => {
                            let set = RULES[at].set_from_manifest(&mut rules, value);
                            set.map_err(A::Error::custom)?;
                        }
                        None if RULES[at].is_required => {
                            return Err(A::Error::custom(format!("`{key}` has no value")));
                        }
                        None => {}
                    }
                }
                let is_missing = |(rule, seen): &(&Rule, bool)| rule.is_required && !seen;
                match RULES.iter().zip(seen).find(is_missing) {
                    Some((rule, _)) => Err(A::Error::missing_field(rule.manifest_key)),
                    None => Ok(rules),
                }
            }
        }

        deserializer.deserialize_map(AllRules)
    }
}

impl<'de> Deserialize<'de> for RuleValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyValue;

        impl<'de> Visitor<'de> for AnyValue {
            type Value = RuleValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a whole number, a time, or true or false")
            }

            fn visit_bool<E>(self, is_on: bool) -> Result<RuleValue, E> {
                Ok(RuleValue::Switch(is_on))
            }

            fn visit_i64<E>(self, n: i64) -> Result<RuleValue, E> {
                Ok(RuleValue::Number(n))
            }

            fn visit_u64<E: serde::de::Error>(self, n: u64) -> Result<RuleValue, E> {
                let n = i64::try_from(n).map_err(|_| E::custom(format!("{n} is too large")))?;
                Ok(RuleValue::Number(n))
            }

            fn visit_str<E>(self, text: &str) -> Result<RuleValue, E> {
                Ok(RuleValue::Text(text.to_owned()))
            }

            /// TOML's times arrive as a map of the parser's own.
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RuleValue, A::Error> {
                let time = toml::value::Datetime::deserialize(MapAccessDeserializer::new(map))?;
                let time = Timestamp::parse(&time.to_string()).map_err(A::Error::custom)?;
                Ok(RuleValue::Time(time))
            }
        }

        deserializer.deserialize_any(AnyValue)
    }
}

/// Deserializes a struct from a table that has keys of rules beside the struct's own, as incident
/// files do. (serde's `flatten` would lose the lines of what is wrong, and allow unknown keys.)
///
/// # Errors
/// A key is neither, or a value is not one of its key.
pub(crate) fn beside_rules<'de, T, D>(deserializer: D) -> Result<(T, RuleSettings), D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let mut settings = RuleSettings::default();
    let own = T::deserialize(BesideRules {
        inner: deserializer,
        settings: &mut settings,
    })?;
    Ok((own, settings))
}

/// A deserializer, visitor or map that puts the rules aside and passes everything else on.
struct BesideRules<'s, I> {
    inner: I,
    settings: &'s mut RuleSettings,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for BesideRules<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let settings = self.settings;
        self.inner.deserialize_any(BesideRules {
            inner: visitor,
            settings,
        })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for BesideRules<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        let settings = self.settings;
        self.inner.visit_map(BesideRules {
            inner: map,
            settings,
        })
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for BesideRules<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        mut seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        loop {
            match self.inner.next_key_seed(KeySeed(seed))? {
                None => return Ok(None),
                Some(Key::Own(key)) => return Ok(Some(key)),
                Some(Key::Rule(rule, unused)) => {
                    let value = self.inner.next_value_seed(ValueSeed(rule))?;
                    self.settings.push(rule, value);
                    seed = unused;
                }
            }
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(seed)
    }
}

/// A key of the table: a rule's, or one for the seed.
enum Key<K, V> {
    Rule(&'static Rule, K),
    Own(V),
}

struct KeySeed<K>(K);

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for KeySeed<K> {
    type Value = Key<K, K::Value>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        let key = String::deserialize(from)?;
        if let Some(rule) = Rule::with_key(&key) {
            return Ok(Key::Rule(rule, self.0));
        }
        let own = IntoDeserializer::<D::Error>::into_deserializer(key);
        let rules = || RULES.iter().map(|rule| format!("`{}`", rule.key));
        self.0.deserialize(own).map(Key::Own).map_err(|e| {
            let rules: Vec<String> = rules().collect();
            let own_keys = e.to_string();
            let text = format!("{}, or a rule: {}", own_keys.trim_end(), rules.join(", "));
            D::Error::custom(text)
        })
    }
}

struct ValueSeed(&'static Rule);

impl<'de> DeserializeSeed<'de> for ValueSeed {
    type Value = RuleValue;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<RuleValue, D::Error> {
        let value = RuleValue::deserialize(from)?;
        self.0.check(&value).map_err(D::Error::custom)?;
        Ok(value)
    }
}
