//! What a `_filter` says.

/// A filter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree {
    /// All must pass.
    All(Vec<Tree>),
    /// One must pass.
    Any(Vec<Tree>),
    /// It must not pass.
    Not(Box<Tree>),
    /// A comparison.
    Test(Test),
}

/// `path op value`
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Test {
    /// From the resource searched; the last step is what is compared.
    pub(super) path: Vec<Step>,
    pub(super) op: Op,
    pub(super) value: String,
}

/// One name of a path.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    /// A parameter, perhaps with `:Type`; or what follows `_has:`.
    pub(super) name: String,
    /// What the resource it leads to must pass besides: `name[…].`
    pub(super) filter: Option<Tree>,
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Eq,
    Ne,
    Contains,
    Starts,
    Ends,
    Gt,
    Lt,
    Ge,
    Le,
    Ap,
    Sa,
    Eb,
    Present,
    Overlaps,
    /// The value subsumes a concept of the resource.
    Subsumes,
    /// A concept of the resource subsumes the value.
    Subsumed,
    In,
    NotIn,
    Refers,
}

impl Op {
    /// By its two letters.
    pub(super) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "co" => Self::Contains,
            "sw" => Self::Starts,
            "ew" => Self::Ends,
            "gt" => Self::Gt,
            "lt" => Self::Lt,
            "ge" => Self::Ge,
            "le" => Self::Le,
            "ap" => Self::Ap,
            "sa" => Self::Sa,
            "eb" => Self::Eb,
            "pr" => Self::Present,
            "po" => Self::Overlaps,
            "ss" => Self::Subsumes,
            "sb" => Self::Subsumed,
            "in" => Self::In,
            "ni" => Self::NotIn,
            "re" => Self::Refers,
            _ => return None,
        })
    }

    /// The prefix of a search parameter that compares so.
    pub(super) fn prefix(self) -> Option<&'static str> {
        Some(match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Gt => "gt",
            Self::Lt => "lt",
            Self::Ge => "ge",
            Self::Le => "le",
            Self::Ap => "ap",
            Self::Sa => "sa",
            Self::Eb => "eb",
            _ => return None,
        })
    }
}
