//! Colours that people with any kind of colour vision can tell apart: the palette of M. Okabe and
//! K. Ito, "Color Universal Design" (2008), and greys.

/// A colour: red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colour(pub(super) u8, pub(super) u8, pub(super) u8);

/// Colour of texts.
pub(super) const INK: Colour = Colour(0x22, 0x22, 0x22);
/// Text of less importance.
pub(super) const QUIET: Colour = Colour(0x59, 0x59, 0x59);
/// Colour of grid lines.
pub(super) const GRID: Colour = Colour(0xdd, 0xdd, 0xdd);
/// The background of figures.
pub(super) const PAPER: Colour = Colour(0xff, 0xff, 0xff);
/// Colour of the status `down`.
pub(super) const DOWN: Colour = Colour(0x2b, 0x2b, 0x2b);
/// Colour of the status `unseen`: never visible so far.
pub(super) const UNSEEN: Colour = Colour(0xf1, 0xe9, 0xd2);
/// Upstreams without a colour of their own.
pub(super) const OTHER: Colour = Colour(0x8c, 0x8c, 0x8c);
/// Okabe and Ito's blue.
pub(super) const BLUE: Colour = Colour(0x00, 0x72, 0xb2);
/// Okabe and Ito's vermilion.
pub(super) const VERMILION: Colour = Colour(0xd5, 0x5e, 0x00);
/// Okabe and Ito's bluish green.
pub(super) const GREEN: Colour = Colour(0x00, 0x9e, 0x73);
/// Okabe and Ito's orange.
pub(super) const ORANGE: Colour = Colour(0xe6, 0x9f, 0x00);

/// The colours of upstreams, the busiest first.
pub(super) const UPSTREAMS: [Colour; 6] = [
    BLUE,
    ORANGE,
    GREEN,
    Colour(0xcc, 0x79, 0xa7),
    Colour(0x56, 0xb4, 0xe9),
    Colour(0xf0, 0xe4, 0x42),
];

impl Colour {
    /// A paler tone: two parts of the colour, three of white.
    #[must_use]
    pub(super) const fn pale(self) -> Self {
        const fn mix(part: u8) -> u8 {
            ((part as u16 * 2 + 255 * 3) / 5) as u8
        }
        Self(mix(self.0), mix(self.1), mix(self.2))
    }
}
