//! A unit that a person chose: it gets the matter, unless something speaks against it that nobody may set aside.

use super::*;

fn directed(base: &RouteRequest, unit: &str) -> RouteRequest {
    RouteRequest { directed: Some(unit.parse().unwrap()), ..base.clone() }
}

fn against(world: &World, request: &RouteRequest, unit: &str) -> Vec<Unfit> {
    let router = Router::new(&world.rules, &world.units);
    router.unfit(request, &unit.parse().unwrap()).unwrap()
}

/// Somebody whom 戊县 manages.
fn base() -> RouteRequest {
    request("880000", vec![person("戊教首", "戊县教育局", "局长", "0141", "880121")])
}

#[test]
fn the_unit_gets_it_and_the_path_says_that_a_person_chose() {
    let world = world();
    for unit_code in ["county11-org", "city1-org", "prov-org"] {
        assert_eq!(against(&world, &base(), unit_code), [], "{unit_code}");
        let decision = world.route(&directed(&base(), unit_code));
        assert_eq!((unit(&decision), decision.rule.as_str()), (unit_code, "directed"));
        assert!(decision.path[0].why.contains("人工指定"), "{:?}", decision.path);
        assert!(!decision.path[0].why.contains("管理权限"), "nothing had to be set aside");
    }
    assert!(rules_set(&world.route(&directed(&base(), "city1-org"))).contains(&"DL-UNITACC"));
}

#[test]
fn what_is_a_matter_of_jurisdiction_may_be_set_aside_and_the_path_says_so() {
    let world = world();
    // A division that the subject does not belong to, and one that objected.
    let excluded = RouteRequest { excluded: vec!["county11-org".parse().unwrap()], ..base() };
    for (request, unit_code, unfit) in
        [(base(), "county21-org", Unfit::DoesNotManage), (excluded, "county11-org", Unfit::Excluded)]
    {
        let found = against(&world, &request, unit_code);
        assert_eq!(found, [unfit]);
        assert!(found[0].may_be_set_aside());
        let decision = world.route(&directed(&request, unit_code));
        assert_eq!(unit(&decision), unit_code);
        assert!(decision.path[0].why.contains(&unfit.why(&unit_code.parse().unwrap())));
    }
}

#[test]
fn a_conflict_of_interest_is_never_set_aside() {
    let world = world();
    let committee = request("880000", vec![person("戊副书记", "-", "-", "0141", "880121")]);
    let own = request("880000", vec![person("戊组副", "中共戊县委组织部", "副部长", "0141", "880121")]);
    let betrayed = RouteRequest { secondary: vec!["E02".parse().unwrap()], ..base() };
    let told = RouteRequest { reporter_identifiable: true, ..base() };
    for (request, conflict) in
        [(committee, Conflict::C2), (own, Conflict::C3), (betrayed, Conflict::C5), (told, Conflict::C8)]
    {
        assert!(against(&world, &request, "county11-org").contains(&Unfit::Conflict(conflict)));
        let decision = world.route(&directed(&request, "county11-org"));
        assert_eq!(unit(&decision), "city1-org", "the rules choose");
        assert_eq!(decision.path[0].conflict, Some(conflict), "and say why not that one");
    }
}

#[test]
fn nobody_directs_what_goes_up_sealed_or_is_not_verified() {
    let world = world();
    // Of the city, taken in by the county.
    let above = request("880121", vec![person("某人", "戊县人民政府", "副县长", "0132", "880121")]);
    assert!(against(&world, &above, "county11-org").contains(&Unfit::Sealed));
    let decision = world.route(&directed(&above, "county11-org"));
    assert!(decision.sealed && unit(&decision) == "city1-org", "{:?}", decision.path);
    assert!(decision.path[0].why.contains("密封径报"), "{:?}", decision.path);
    let kept = RouteRequest { handling: Some(HandlingForm::H0), ..base() };
    assert!(against(&world, &kept, "county11-org").contains(&Unfit::NotVerified));
    assert_eq!(against(&world, &base(), "no-such"), [Unfit::Unlisted]);
}
