//! Whatever is described and however badly: no unit gets what its own people are in.

use super::*;
use proptest::prelude::*;

fn shared() -> &'static World {
    static WORLD: std::sync::OnceLock<World> = std::sync::OnceLock::new();
    WORLD.get_or_init(|| World { rules: Rules::built_in().unwrap(), units: Units::sample().unwrap() })
}

/// Somebody of the register, described more or less well, with a rank that may be wrong.
fn somebody() -> impl Strategy<Value = Subject> {
    let people: Vec<(String, String, String, String)> = shared()
        .units
        .iter()
        .flat_map(|unit| {
            unit.people().map(|someone| {
                (someone.name.clone(), unit.name.clone(), someone.title.clone(), unit.region.to_string())
            })
        })
        .collect();
    let ranks = ["-", "0121", "0131", "0132", "0141", "0142", "0150", "9Z"];
    (prop::sample::select(people), prop::sample::select(ranks.to_vec()), any::<[bool; 3]>()).prop_map(
        |((name, org, title, region), rank, [with_org, with_title, with_region])| {
            let or = |given: bool, text: &str| if given { text.to_owned() } else { "-".to_owned() };
            person(&name, &or(with_org, &org), &or(with_title, &title), rank, &or(with_region, &region))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_unit_gets_what_its_own_people_or_leaders_are_in(
        subjects in prop::collection::vec(somebody(), 1..4),
        receiver in prop::sample::select(vec!["990000", "990100", "990121", "-"]),
        category in prop::sample::select(vec!["A02", "A13", "E01", "C03", "X01", "X09", "X10"]),
        flagged in any::<bool>(),
    ) {
        let world = shared();
        let request = RouteRequest {
            category: category.parse().unwrap(),
            context_flags: if flagged { vec!["org_dept_conflict".to_owned()] } else { Vec::new() },
            ..request(receiver, subjects.clone())
        };
        let decision = world.route(&request);
        let chosen = decision.unit.iter().chain(&decision.alternative).chain(&decision.co_units);
        for code in chosen.chain(&decision.referral_unit) {
            let unit = world.units.get(code).unwrap();
            let committee = unit.serves.as_ref().and_then(|code| world.units.get(code));
            for subject in &subjects {
                let name = subject.name.as_deref().unwrap();
                let listed = |unit: &dengwen_rules::Unit| unit.people().any(|person| person.name == name);
                prop_assert!(!listed(unit), "{name} is in {code}: {:?}", decision.path);
                prop_assert!(!committee.is_some_and(listed), "{name} leads above {code}: {:?}", decision.path);
            }
        }
        prop_assert!(decision.unit.iter().all(|code| world.units.get(code).unwrap().handles));
        prop_assert!(!decision.path.is_empty());
        prop_assert!(decision.deadlines.iter().any(|set| set.rule.as_str() == "DL-REG"));
        // The path names no person.
        for step in &decision.path {
            prop_assert!(subjects.iter().all(|subject| !step.why.contains(subject.name.as_deref().unwrap())));
        }
    }
}
