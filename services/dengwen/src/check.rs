//! `dengwen check`: settings and rules, with the line that is wrong.

use std::process::ExitCode;

use dengwen_rules::Units;
use dengwen_service::{CommonArgs, load_rules};

use crate::admin::{check_register, print_line};

pub(crate) fn run(common: &CommonArgs) -> anyhow::Result<ExitCode> {
    let settings = common.settings(None)?;
    print_line("settings: well-formed");
    for (name, source) in &settings.sources {
        print_line(&format!("  {name} from the {source}"));
    }
    let rules = load_rules(&settings)?;
    print_line(&format!(
        "rules: {} categories, {} deadline rules, version {}",
        rules.taxonomy.categories().len(),
        rules.deadlines.rules().len(),
        rules.version()
    ));
    dengwen_phone::check_settings(&settings)?;
    dengwen_letters::check_settings(&settings)?;
    let gateways = dengwen_sms::check_settings(&settings.sms)?;
    print_line(&format!("sms gateways: {gateways}"));
    if let Some(directory) = &settings.rules {
        let file = directory.join("units.yaml");
        if file.exists() {
            let name = file.display().to_string();
            let units = Units::parse(&name, &std::fs::read_to_string(&file)?)?;
            print_line(&format!("units file: {} units", units.len()));
            check_register(&name, &units, &rules)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
