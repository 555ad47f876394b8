//! What is not assigned, and the clocks that start.

use super::*;

#[test]
fn outside_the_scope_nothing_is_assigned() {
    let world = world();
    let out = |category: &str, received_by: &str, subject: Subject| {
        let category = category.parse().unwrap();
        world.route(&RouteRequest { category, ..request(received_by, vec![subject]) })
    };
    let head = person("戊教首", "戊县教育局", "局长", "0141", "880121");
    for category in
        world.rules.taxonomy.categories().iter().filter(|leaf| leaf.code.as_str().starts_with('X'))
    {
        let decision = out(category.code.as_str(), "880000", head.clone());
        let referral = category.referral.as_ref().unwrap();
        assert_eq!((unit(&decision), decision.sealed), ("-", false));
        assert!(decision.path[0].why.contains(referral.as_str()), "{:?}", decision.path);
        assert_eq!(decision.referral.as_ref(), Some(referral));
    }
    let corrupt = out("X01", "880000", person("某人", "丁市教育局", "局长", "0131", "880100"));
    assert_eq!(corrupt.referral_unit, Some("city1-disc".parse().unwrap()));
    assert!(rules_set(&corrupt).contains(&"DL-TRANSFER"));
    // Corruption of somebody above the line's level: the envelope goes up.
    let upper = out("X01", "880121", person("某人", "丁市教育局", "局长", "0131", "880100"));
    assert_eq!((unit(&upper), alternative(&upper), upper.sealed), ("-", "city1-org", true));
    // Never to the discipline body about its own head.
    let own = out("X01", "880000", person("丁纪首", "丁市纪委监委", "书记", "0131", "880100"));
    assert_eq!(own.referral_unit, Some("prov-disc".parse().unwrap()));
}

#[test]
fn the_narrow_profile_refers_what_is_conditional() {
    let mut world = world();
    let request = RouteRequest {
        category: "D03".parse().unwrap(),
        ..request("880000", vec![person("戊教首", "戊县教育局", "局长", "0141", "880121")])
    };
    assert_eq!(unit(&world.route(&request)), "county11-org");
    world.rules = world.rules.with_profile(ScopeProfile::Narrow);
    let decision = world.route(&request);
    assert_eq!((unit(&decision), decision.handling), ("-", HandlingForm::H8));
    assert_eq!(decision.referral, Some("R_12388".parse().unwrap()));
}

#[test]
fn kept_on_file_goes_to_nobody() {
    let world = world();
    let kept = RouteRequest { handling: Some(HandlingForm::H0), ..request("880000", vec![]) };
    let decision = world.route(&kept);
    assert_eq!((unit(&decision), decision.rule.as_str()), ("-", "handling:H0"));
}

#[test]
fn clocks_follow_from_what_is_decided() {
    let world = world();
    let base = request("880000", vec![person("戊教首", "戊县教育局", "局长", "0141", "880121")]);
    let set = |request: &RouteRequest| {
        world
            .route(request)
            .deadlines
            .into_iter()
            .map(|set| (set.rule.to_string(), set.due.to_string()))
            .collect()
    };
    let plain: Vec<(String, String)> = set(&base);
    let wanted = [
        ("DL-REG", "2026-11-04"),
        ("DL-DEC", "2026-11-18"),
        ("DL-NOTICE", "2026-11-18"),
        ("DL-SCR", "2026-11-17"),
        ("DL-UNITACC", "2026-11-10"),
        ("DL-OBJ", "2026-11-10"),
        ("DL-OWN", "2027-01-04"),
    ];
    let wanted = wanted.map(|(rule, due)| (rule.to_owned(), due.to_owned()));
    assert_eq!(plain, wanted);
    let own = world.route(&request("880121", base.subjects.clone()));
    assert!(!rules_set(&own).contains(&"DL-UNITACC"), "its own department needs no acceptance");
    let named = RouteRequest {
        identity: Some(IdentityKind::Named),
        context_flags: vec!["during_publicity".to_owned(), "during_election".to_owned()],
        ..base.clone()
    };
    let decision = world.route(&named);
    for rule in ["DL-ACCNAMED", "DL-PUB", "DL-ELEC"] {
        assert!(rules_set(&decision).contains(&rule), "{rule}");
    }
    let again = RouteRequest { context_flags: vec!["repeat".to_owned()], ..named };
    assert!(!rules_set(&world.route(&again)).contains(&"DL-ACCNAMED"), "a repeat is not told again");
    let unreachable = RouteRequest { reachable: Some(false), ..base.clone() };
    assert!(!rules_set(&world.route(&unreachable)).contains(&"DL-NOTICE"));
    let urgent = RouteRequest { category: "X14".parse().unwrap(), ..base.clone() };
    assert!(rules_set(&world.route(&urgent)).contains(&"DL-URG"));
    for (channel, reachable, acknowledged) in [
        (Channel::Web, false, true),
        (Channel::Sms, true, true),
        (Channel::Sms, false, false),
        (Channel::Phone, true, false),
        (Channel::Letter, true, false),
    ] {
        let came = RouteRequest { channel: Some(channel), reachable: Some(reachable), ..base.clone() };
        let set = world.route(&came);
        assert_eq!(rules_set(&set).contains(&"DL-ACK"), acknowledged, "{channel:?} {reachable}");
        let again = RouteRequest { reopened: true, ..came };
        assert!(!rules_set(&world.route(&again)).contains(&"DL-ACK"), "acknowledged once");
    }
    // Another city's matter is passed on as well.
    let sideways = world.route(&request("880200", base.subjects));
    assert!(rules_set(&sideways).contains(&"DL-TRANSFER"));
}

#[test]
fn what_cannot_be_decided_is_an_error() {
    let world = world();
    let router = Router::new(&world.rules, &world.units);
    let unknown = RouteRequest { category: "Q99".parse().unwrap(), ..request("880000", vec![]) };
    assert_eq!(router.route(&unknown), Err(RouteError::UnknownCategory));
    let late = RouteRequest::new("A06".parse().unwrap(), "9999-12-30".parse::<Start>().unwrap());
    assert!(matches!(router.route(&late), Err(RouteError::BeyondCalendar(_))));
}
