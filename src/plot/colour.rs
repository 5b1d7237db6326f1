//! Colours that people with any kind of colour vision can tell apart: the palette of M. Okabe and
//! K. Ito, "Color Universal Design" (2008), and greys.

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

/// What is written.
pub const INK: Colour = Colour(0x22, 0x22, 0x22);
/// What is written beside.
pub const QUIET: Colour = Colour(0x59, 0x59, 0x59);
/// Lines of the scales.
pub const GRID: Colour = Colour(0xdd, 0xdd, 0xdd);
/// Behind everything.
pub const PAPER: Colour = Colour(0xff, 0xff, 0xff);
/// Lost.
pub const DOWN: Colour = Colour(0x2b, 0x2b, 0x2b);
/// Not yet ever visible.
pub const UNSEEN: Colour = Colour(0xf1, 0xe9, 0xd2);
/// All that has no colour of its own.
pub const OTHER: Colour = Colour(0x8c, 0x8c, 0x8c);
/// Okabe and Ito's blue.
pub const BLUE: Colour = Colour(0x00, 0x72, 0xb2);
/// Their vermilion.
pub const VERMILION: Colour = Colour(0xd5, 0x5e, 0x00);
/// Their bluish green.
pub const GREEN: Colour = Colour(0x00, 0x9e, 0x73);
/// Their orange.
pub const ORANGE: Colour = Colour(0xe6, 0x9f, 0x00);

/// For upstreams, the busiest first.
pub const UPSTREAMS: [Colour; 6] = [
    BLUE,
    ORANGE,
    GREEN,
    Colour(0xcc, 0x79, 0xa7),
    Colour(0x56, 0xb4, 0xe9),
    Colour(0xf0, 0xe4, 0x42),
];

impl Colour {
    /// The same, paler: three parts of white to two of it.
    #[must_use]
    pub const fn pale(self) -> Self {
        const fn mix(part: u8) -> u8 {
            ((part as u16 * 2 + 255 * 3) / 5) as u8
        }
        Self(mix(self.0), mix(self.1), mix(self.2))
    }
}
