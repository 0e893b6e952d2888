//! A segment, as far as a queue looks at it.

#[derive(Debug)]
pub struct Segment(pub usize);

impl Segment {
    pub fn length(&self) -> usize {
        self.0
    }
}
