//! Which department decides on what a unit does with a case: the one that commissioned it (交办、立项的组织部门), or
//! one above. A unit never decides on its own work for others (domain.md 3.2, I3).

use dengwen_model::{Principal, UnitCode};

use crate::desk::Desk;

/// Whether somebody decides for the department that commissioned `handling` with the case: the one that took the
/// tip in, or one above it. Where the handling unit does not stand below that one (the tip was routed up or
/// sideways), a department above the handling unit. Staff without a unit act for the whole line.
pub(crate) fn commissions(
    desk: &Desk,
    principal: &Principal,
    received_by: &UnitCode,
    handling: &UnitCode,
) -> bool {
    let Some(own) = &principal.unit else { return true };
    if desk.is_within(handling, received_by) {
        desk.is_within(received_by, own)
    } else {
        own != handling && desk.is_within(handling, own)
    }
}

/// Whether somebody may decide against or for an objection of `objecting`: as [`commissions`], and never the
/// objecting unit itself.
pub(crate) fn decides_on_objection(
    desk: &Desk,
    principal: &Principal,
    received_by: &UnitCode,
    objecting: &UnitCode,
) -> bool {
    principal.unit.as_ref() != Some(objecting) && commissions(desk, principal, received_by, objecting)
}
