//! Who asks: by access token or console session; and what their role lets them do.

mod cookie;
mod principal;
mod roles;

pub(crate) use cookie::{SessionCookie, SessionToken, clear_cookie, session_id, set_cookie};
pub(crate) use principal::{Means, SignedIn};
pub(crate) use roles::{
    Answerer, CaseReader, Clerk, CustodianOnly, DeskWorker, Dispatcher, FigureReader, LeaderOnly,
    RegisterKeeper, Reviewer, ScreenReviewer,
};
