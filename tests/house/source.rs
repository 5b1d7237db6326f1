//! Which file of `src` names what of which other file: `use` declarations, and paths written out.
//! Comments, strings and what is compiled for tests alone do not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::Path;

/// A file names something that another file defines.
#[derive(Debug, Clone)]
pub struct Arrow {
    /// The modules of the two files, such as `decode::scan`.
    pub from: String,
    pub to: String,
    place: Place,
    path: String,
}

/// A line of a file.
#[derive(Debug, Clone)]
pub struct Place {
    file: String,
    line: usize,
}

/// The modules of the library.
pub struct Sources {
    modules: BTreeMap<String, Module>,
    arrows: Vec<Arrow>,
}

/// A module that has a file.
struct Module {
    file: String,
    tokens: Vec<Token>,
    uses: Vec<Use>,
    /// What the file defines at any depth, child modules apart.
    items: BTreeSet<String>,
    children: BTreeSet<String>,
}

/// One name of a `use` declaration.
struct Use {
    /// `*` for all names of a module.
    name: String,
    path: Vec<String>,
    line: usize,
}

#[derive(Debug, Clone, PartialEq)]
struct Token {
    text: String,
    line: usize,
}

/// Keywords behind which the name of an item stands.
const ITEMS: [&str; 8] = [
    "fn",
    "struct",
    "enum",
    "trait",
    "type",
    "const",
    "static",
    "macro_rules",
];

/// How often one name may stand for another before the search for its file ends.
const REEXPORTS: usize = 8;

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "src/{}:{}", self.file, self.line)
    }
}

impl fmt::Display for Arrow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: `{}` of `{}`", self.place, self.path, self.to)
    }
}

impl Sources {
    /// Reads every module that lies below a folder of sources, `lib.rs` and `main.rs` apart.
    pub fn read(src: &str) -> Self {
        let mut modules = BTreeMap::new();
        let mut only_tests = BTreeSet::new();
        let mut folders = vec![Path::new(src).to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder of sources") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let file = path.strip_prefix(src).expect("a path below it");
                let file = file.to_string_lossy().into_owned();
                let Some(name) = file.strip_suffix(".rs") else {
                    continue;
                };
                let name = name.strip_suffix("/mod").unwrap_or(name).replace('/', "::");
                if name == "lib" || name == "main" {
                    continue;
                }
                let text = fs::read_to_string(&path).expect("a source file");
                let (tokens, tests) = without_tests(tokens(&text));
                only_tests.extend(tests.iter().map(|test| format!("{name}::{test}")));
                modules.insert(name, Module::new(file, tokens));
            }
        }
        modules.retain(|name, _| !only_tests.contains(name));
        let names: Vec<String> = modules.keys().cloned().collect();
        for name in &names {
            if let Some((parent, child)) = name.rsplit_once("::")
                && let Some(parent) = modules.get_mut(parent)
            {
                parent.children.insert(child.to_owned());
            }
        }
        let mut sources = Self {
            modules,
            arrows: Vec::new(),
        };
        sources.arrows = sources.find_arrows();
        sources
    }

    /// The modules at the top.
    pub fn tops(&self) -> impl Iterator<Item = &str> {
        self.modules
            .keys()
            .map(String::as_str)
            .filter(|name| !name.contains("::"))
    }

    /// The modules that have modules of their own.
    pub fn folders(&self) -> Vec<String> {
        let with_children = self
            .modules
            .iter()
            .filter(|(_, module)| !module.children.is_empty());
        with_children.map(|(name, _)| name.clone()).collect()
    }

    /// Who names what of whom.
    pub fn arrows(&self) -> &[Arrow] {
        &self.arrows
    }

    /// The first names of paths: where, in which module, and which name.
    pub fn crates(&self) -> Vec<(Place, &str, &str)> {
        let mut found = Vec::new();
        for (name, module) in &self.modules {
            let uses = module.uses.iter().map(|u| (u.line, &u.path[0]));
            let paths = module.paths();
            let firsts = uses.chain(paths.iter().map(|(line, path)| (*line, path[0])));
            found.extend(
                firsts.map(|(line, first)| (module.place(line), name.as_str(), first.as_str())),
            );
        }
        found
    }

    fn find_arrows(&self) -> Vec<Arrow> {
        let mut arrows = Vec::new();
        for (from, module) in &self.modules {
            let uses = module.uses.iter().map(|u| (u.line, u.path.clone()));
            let paths = module.paths().into_iter();
            let paths = paths.map(|(line, path)| (line, path.into_iter().cloned().collect()));
            for (line, path) in uses.chain(paths) {
                let path: Vec<String> = path;
                if let Some(to) = self.resolve(from, &path, 0)
                    && to != *from
                {
                    let (place, path) = (module.place(line), path.join("::"));
                    arrows.push(Arrow {
                        from: from.clone(),
                        to,
                        place,
                        path,
                    });
                }
            }
        }
        arrows
    }

    /// The module whose file defines what a path in a module stands for; nothing where that is no module of
    /// ours, or a module as such.
    fn resolve(&self, from: &str, path: &[String], depth: usize) -> Option<String> {
        let (first, mut rest) = path.split_first()?;
        let mut at: Vec<&str> = match first.as_str() {
            "crate" => Vec::new(),
            "self" => from.split("::").collect(),
            "super" => {
                let mut at: Vec<&str> = from.split("::").collect();
                at.pop();
                while rest.first().is_some_and(|word| word == "super") {
                    at.pop();
                    rest = &rest[1..];
                }
                at
            }
            // A child module, or what a `use` brought in.
            _ => {
                let module = self.modules.get(from)?;
                if module.children.contains(first) {
                    rest = path;
                    from.split("::").collect()
                } else {
                    let used = module
                        .uses
                        .iter()
                        .find(|u| u.name == *first && u.path[0] != *first)?;
                    let whole: Vec<String> = used.path.iter().chain(rest).cloned().collect();
                    if depth == REEXPORTS {
                        return None;
                    }
                    return self.resolve(from, &whole, depth + 1);
                }
            }
        };
        // As deep as there are modules.
        while let Some(next) = rest.first() {
            let name = at
                .iter()
                .copied()
                .chain([next.as_str()])
                .collect::<Vec<_>>()
                .join("::");
            if !self.modules.contains_key(&name) {
                break;
            }
            at.push(next);
            rest = &rest[1..];
        }
        let name = at.join("::");
        let Some(module) = self.modules.get(&name) else {
            // Something of lib.rs.
            return Some("lib".to_owned());
        };
        let item = rest.first()?;
        if module.items.contains(item) || depth == REEXPORTS {
            return Some(name);
        }
        let named = module.uses.iter().find(|u| u.name == *item);
        if let Some(used) = named {
            let whole: Vec<String> = used.path.iter().chain(&rest[1..]).cloned().collect();
            return self.resolve(&name, &whole, depth + 1).or(Some(name));
        }
        let all = module.uses.iter().filter(|u| u.name == "*");
        let from_all = all.filter_map(|u| {
            let whole: Vec<String> = u.path.iter().chain(rest).cloned().collect();
            let to = self.resolve(&name, &whole, depth + 1)?;
            self.modules
                .get(&to)
                .is_some_and(|m| m.items.contains(item))
                .then_some(to)
        });
        from_all.into_iter().next().or(Some(name))
    }
}

impl Module {
    fn new(file: String, tokens: Vec<Token>) -> Self {
        let mut uses = Vec::new();
        let mut others = Vec::new();
        let mut items = BTreeSet::new();
        let mut i = 0;
        while i < tokens.len() {
            let text = tokens[i].text.as_str();
            // `use` is also a part of `impl Trait + use<>`.
            if text == "use" && tokens.get(i + 1).is_some_and(|t| t.text != "<") {
                i = read_use(&tokens, i + 1, &[], &mut uses) + 1;
                continue;
            }
            if ITEMS.contains(&text) {
                let name = tokens[i + 1..]
                    .iter()
                    .find(|t| t.text != "!" && t.text != "mut");
                items.extend(name.map(|t| t.text.clone()));
            }
            others.push(tokens[i].clone());
            i += 1;
        }
        let children = BTreeSet::new();
        Self {
            file,
            tokens: others,
            uses,
            items,
            children,
        }
    }

    fn place(&self, line: usize) -> Place {
        Place {
            file: self.file.clone(),
            line,
        }
    }

    /// The paths of more than one name outside `use` declarations.
    fn paths(&self) -> Vec<(usize, Vec<&String>)> {
        let mut paths = Vec::new();
        let mut i = 0;
        while i < self.tokens.len() {
            let mut path = Vec::new();
            let start = i;
            let is_first = start == 0 || self.tokens[start - 1].text != "::";
            while let Some(name) = self.tokens.get(i).filter(|t| is_name(&t.text)) {
                path.push(&name.text);
                i += 1;
                if self.tokens.get(i).is_none_or(|t| t.text != "::") {
                    break;
                }
                i += 1;
            }
            if path.len() > 1 && is_first {
                paths.push((self.tokens[start].line, path));
            }
            i = i.max(start + 1);
        }
        paths
    }
}

/// Reads a `use` tree from a token on; where it ends.
fn read_use(tokens: &[Token], mut i: usize, before: &[String], uses: &mut Vec<Use>) -> usize {
    let mut path = before.to_vec();
    let mut name = String::new();
    let mut line = tokens[i].line;
    let mut is_group = false;
    while let Some(token) = tokens.get(i) {
        match token.text.as_str() {
            ";" | "," | "}" => break,
            "::" => {}
            "as" => {
                i += 1;
                name.clone_from(&tokens[i].text);
            }
            "{" => {
                is_group = true;
                i += 1;
                while tokens[i].text != "}" {
                    i = read_use(tokens, i, &path, uses);
                    if tokens[i].text == "," {
                        i += 1;
                    }
                }
            }
            text => {
                line = token.line;
                name = text.to_owned();
                // `a::{self}` is `a`.
                if text != "self" || path.is_empty() {
                    path.push(text.to_owned());
                } else {
                    name = path.last().cloned().unwrap_or_default();
                }
            }
        }
        i += 1;
    }
    if !is_group && !path.is_empty() {
        if name == "*" {
            path.pop();
        }
        uses.push(Use { name, path, line });
    }
    i
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Names, `::` and single characters, without comments, strings and numbers.
fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut tokens = Vec::new();
    let (mut i, mut line) = (0, 1);
    while i < chars.len() {
        let start = i;
        let first_line = line;
        let c = chars[i];
        if c == '/' && at(i + 1) == '/' {
            while i < chars.len() && chars[i] != '\n' {
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            while i < chars.len() && !(chars[i] == '*' && at(i + 1) == '/') {
                i += 1;
            }
            i += 2;
        } else if c == '"' {
            i = string_end(&chars, i);
        } else if c == 'r'
            && (at(i + 1) == '"' || at(i + 1) == '#' && (at(i + 2) == '"' || at(i + 2) == '#'))
        {
            i = raw_end(&chars, i + 1);
        } else if c == '\'' {
            // A character, or a lifetime.
            i += 1;
            if at(i) == '\\' {
                i += 2;
                while i < chars.len() && chars[i] != '\'' {
                    i += 1;
                }
                i += 1;
            } else if at(i + 1) == '\'' {
                i += 2;
            }
        } else if c.is_alphanumeric() || c == '_' {
            while at(i).is_alphanumeric() || at(i) == '_' {
                i += 1;
            }
            let word: String = chars[start..i].iter().collect();
            if word == "b" && at(i) == '"' || word == "br" || word == "b" && at(i) == '\'' {
                continue;
            }
            tokens.push(Token { text: word, line });
        } else {
            i += 1 + usize::from(c == ':' && at(i + 1) == ':');
            if !c.is_whitespace() {
                tokens.push(Token {
                    text: chars[start..i].iter().collect(),
                    line,
                });
            }
        }
        let end = i.min(chars.len());
        line = first_line + chars[start..end].iter().filter(|c| **c == '\n').count();
    }
    tokens
}

fn string_end(chars: &[char], start: usize) -> usize {
    let mut i = start + 1;
    while i < chars.len() && chars[i] != '"' {
        i += 1 + usize::from(chars[i] == '\\');
    }
    i + 1
}

fn raw_end(chars: &[char], start: usize) -> usize {
    let hashes = chars[start..].iter().take_while(|c| **c == '#').count();
    let mut i = start + hashes + 1;
    while i < chars.len() {
        let after = chars[i + 1..]
            .iter()
            .take(hashes)
            .filter(|c| **c == '#')
            .count();
        if chars[i] == '"' && after == hashes {
            break;
        }
        i += 1;
    }
    i + 1 + hashes
}

/// Without the items that are compiled for tests alone; and the names of the modules among them.
fn without_tests(tokens: Vec<Token>) -> (Vec<Token>, Vec<String>) {
    let mark = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut modules = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        let texts = tokens[i..].iter().take(mark.len()).map(|t| t.text.as_str());
        if !texts.eq(mark) {
            kept.push(tokens[i].clone());
            i += 1;
            continue;
        }
        // The item ends with a `;`, or with the brace that closes its first one.
        let mut depth = 0;
        i += mark.len();
        while i < tokens.len() {
            let text = tokens[i].text.as_str();
            if text == "mod" && depth == 0 {
                modules.push(tokens[i + 1].text.clone());
            }
            depth += i32::from(matches!(text, "{" | "(" | "["))
                - i32::from(matches!(text, "}" | ")" | "]"));
            i += 1;
            if depth == 0 && (text == ";" || text == "}") {
                break;
            }
        }
    }
    (kept, modules)
}
