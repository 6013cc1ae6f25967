//! Every line is valid FHIR R4 by the platform's own structural check.

use tarn_fhir::check::check;
use tarn_fhir::json::Document;
use tarn_synth::{Generator, ResourceKind, Sink};

#[test]
fn every_resource_passes_the_structural_check() {
    let generator = Generator::new(41);
    let mut sink = Sink::new();
    generator.shared(&mut sink);
    (0..20).for_each(|index| generator.patient(index, &mut sink));
    for &kind in ResourceKind::ALL {
        for line in sink.lines(kind).split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
            let document = Document::parse(line).expect("every line is strict JSON");
            match check(&document) {
                Ok(found) => assert_eq!(found.name(), kind.name()),
                Err(issues) => panic!("{issues:?}\n{}", String::from_utf8_lossy(line)),
            }
        }
    }
}
