"""What is exported says everything that a register file can say, and loading it changes nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.utils import translation
from openpyxl import load_workbook

from stations.models import (
    Agency,
    Facility,
    Membership,
    Operator,
    PermitLimit,
    Person,
    Station,
    Unit,
)
from stations.services.register_export import as_workbook, as_yaml, register_tree
from stations.services.register_load import RegisterRefused, load_file

pytestmark = pytest.mark.django_db

FULL = """
units:
  - {code: BG, kind: province, name: Bắc Giang}
  - {code: VY, kind: district, name: Việt Yên, parent: BG, location: {lat: 21.27, lon: 106.1}}
  - {code: YD, kind: district, name: Yên Dũng, from: 1957-01-01, until: 2024-12-31}
zones: [{code: K, kind: zone, name: KCN, units: [VY, YD]}, {code: C, kind: cluster, name: CCN}]
agencies:
  - {code: S, kind: environment_department, name: Sở, emails: [a@so.example, b@so.example]}
  - {code: D, kind: district_committee, name: UBND, unit: VY, language: en}
  - code: B
    kind: zones_board
    name: Ban
    jurisdictions:
      - {what: zone, code: K, from: 2024-01-01}
      - {what: operator, code: F}
      - {what: all_clusters, until: 2024-12-31}
  - {code: X, kind: ministry, name: "=1+1", jurisdictions: []}
facilities:
  - code: F
    name: Nhà máy Minh họa
    kind: plant
    zone: K
    location: {lat: 21.2, lon: 106.0}
    unit: [{value: YD, until: 2024-12-31}, {value: VY, from: 2025-01-01}]
    owned_by_unit: VY
    operator:
      name: Công ty Minh họa
      emails: [a@mau.example, b@mau.example]
      contacts:
        - {name: Ca, role: shift, email: a@mau.example, phone: "007"}
        - {name: Ca, role: shift, email: c@mau.example, language: en}
        - {name: Thợ, role: maintenance, phone: "0200", from: 2024-01-01, until: 2024-12-31}
    design_flow_m3_per_day: [{value: 7000.5}, {value: 8500, from: 2025-01-01}]
    polluting_type: false
    receiving_water:
      - {value: {kind: river, flow_m3_per_s: 0.05}}
      - {value: {kind: lake, volume_m3: 10000000}, from: 2025-01-01}
    permits:
      - {number: GP, regulation: "QCVN 40:2011/BTNMT", column: A, kq: 1, kf: 0.9,
         flow_m3_per_day: 7000.5, from: 2024-01-01, until: 2024-12-31, confirmed: GP}
      - {number: GP, kf: 1.1, from: 2025-01-01}
      - {number: "007"}
    stations:
      - code: F-NT01
        name: Trạm 1
        medium: wastewater
        file_prefix: [{value: BG_F, until: 2024-12-31}, {value: BG_G, from: 2025-01-01}]
        interval_minutes: [{value: 5}, {value: 1, from: 2025-01-01}]
        stamp_closes_window: [{value: true, from: 2024-06-01}]
        ftp: [{username: f1, password: x}, {username: f2, active: false}]
        judged_by:
          - {regulation: "QCVN 40:2011/BTNMT", column: A, from: 2024-01-01, confirmed: GP}
          - {regulation: "QCVN 40:2011/BTNMT", column: B, from: 2025-01-01}
        channels:
          - {parameter: pH, limit: {between: [6, 9], replaces: true}}
          - parameter: COD
            interval_minutes: [{value: 15}, {value: 30, from: 2025-01-01}]
            instrument:
              - {serial: A1, model: M, range: [0, 500], aliases: [COD_OUT, CODX], until: 2024-12-31}
              - {serial: B2, range: [null, 600], factor: 1.05, file_unit: ppm, from: 2025-01-01,
                 may_stand: {minutes: 90, source: "GCN 12"}}
            limit:
              - {max: 60, from: 2024-01-01, source: GP, permit: GP, printed_c: 66.7,
                 confirmed: GP, min_capture: 0.5}
              - {max: 0, from: 2025-01-01, permit: GP, grace_minutes: 0}
              - {min: 1, period: hour, source: QĐ, reference_oxygen_percent: 7}
          - {parameter: COD, symbol: COD2, factor: 1, until: 2025-01-01,
             may_stand: {minutes: 1440, source: "=GCN"}}
        until: 2025-06-30
  - code: G
    name: Cơ sở 2
    kind: public
    operator: {name: Công ty Minh họa}
    stations:
      - code: G-KT01
        medium: emission
        location: {lat: 21.0, lon: 106.5}
        interval_minutes: 30
        gas_flow_m3_per_hour: 20000.1
        kv_zone: 3
        source_type: boiler_20_t_per_h_up
        air_class: [{value: reference, until: 2024-12-31}, {value: index, from: 2025-01-01}]
        ftp: {username: f1}
        channels: [{parameter: "NO", aliases: ["yes"], range: [0, 100]}, {parameter: O2}]
people:
  - {username: so, name: Ông Sở, email: s@so.example, phone: "0240", agency: S, role: head}
  - {username: hai, memberships: [{agency: S, role: viewer, until: 2024-12-31}, {agency: D}]}
  - {username: ca, operator_of: [F], language: en, password: kiem-thu}
  - {username: cu, operator_of: [{value: F, from: 2024-01-01, until: 2024-12-31}], active: false}
"""


def yaml_file(path: Path) -> Path:
    path = path / "out.yaml"
    path.write_text(as_yaml(register_tree()), encoding="utf-8")
    return path


def workbook_file(path: Path) -> Path:
    path = path / "out.xlsx"
    path.write_bytes(as_workbook(register_tree()))
    return path


def events() -> dict[str, int]:
    """How many rows of history there are, by table."""
    models = [m for m in apps.get_models() if any(f.name == "pgh_label" for f in m._meta.fields)]
    return {model.__name__: model.objects.count() for model in models}


def forget() -> None:
    """Takes the whole register away, as if on another machine."""
    Station.objects.all().delete()
    Facility.objects.all().delete()
    Membership.objects.all().delete()
    Person.objects.all().delete()
    Agency.objects.all().delete()
    Operator.objects.all().delete()
    Unit.objects.update(parent=None)
    for name in ("FtpAccount", "Zone", "Unit"):
        apps.get_model("stations", name).objects.all().delete()


FORMS = pytest.mark.parametrize("export", [yaml_file, workbook_file])


@FORMS
def test_loading_what_was_exported_changes_nothing(load, tmp_path: Path, export):
    load(FULL)
    before, history = as_yaml(register_tree()), events()
    assert load_file(export(tmp_path)).nothing
    assert as_yaml(register_tree()) == before
    assert events() == history


@FORMS
def test_another_machine_comes_to_say_the_same(load, tmp_path: Path, export):
    load(FULL)
    before = as_yaml(register_tree())
    path = export(tmp_path)
    forget()
    load_file(path)
    assert as_yaml(register_tree()) == before


@FORMS
def test_the_demonstration_province_goes_there_and_back(tmp_path: Path, project: Path, export):
    load_file(project / "monitoring" / "demo" / "register.yaml")
    before = as_yaml(register_tree())
    path = export(tmp_path)
    assert load_file(path).nothing
    forget()
    load_file(path)
    assert as_yaml(register_tree()) == before


def test_a_limit_belongs_to_the_permit_of_its_day(load):
    load(FULL)
    limits = PermitLimit.objects.exclude(permit=None).order_by("valid_from")
    assert [(row.permit.valid_from, str(row.permit.kf)) for row in limits] == [
        (date(2024, 1, 1), "0.900"),
        (date(2025, 1, 1), "1.100"),
    ]
    assert [row.source for row in limits] == ["GP", "GP"]


def test_no_password_leaves(load, tmp_path: Path):
    load(FULL.replace("password: x", "password: bi-mat-ftp").replace("kiem-thu", "bi-mat-nguoi"))
    text = as_yaml(register_tree())
    assert "bi-mat" not in text
    assert "password" not in text
    assert "argon2" not in text


def test_words_that_yaml_would_misread_are_quoted(load):
    load(FULL)
    text = as_yaml(register_tree())
    assert "'NO'" in text
    assert "'007'" in text
    assert "'yes'" in text


def test_it_costs_the_same_for_a_province(project: Path, django_assert_max_num_queries):
    load_file(project / "monitoring" / "demo" / "register.yaml")
    with django_assert_max_num_queries(40):
        register_tree()


def test_the_command_writes_yaml_to_its_output(load, capsys):
    load(FULL)
    call_command("export_register")
    assert capsys.readouterr().out == as_yaml(register_tree())


@pytest.mark.parametrize("name", ["out.yaml", "out.xlsx"])
def test_the_command_writes_a_file(load, tmp_path: Path, name: str):
    load(FULL)
    path = tmp_path / name
    call_command("export_register", "--format", path.suffix[1:], "--output", str(path))
    assert load_file(path).nothing


class TestWorkbook:
    @pytest.fixture
    def path(self, load, tmp_path: Path) -> Path:
        load(FULL)
        return workbook_file(tmp_path)

    def change(self, path: Path, sheet: str, cell: str, value: object) -> None:
        book = load_workbook(path)
        book[sheet][cell] = value
        book.save(path)

    def refusals(self, path: Path) -> list[str]:
        with translation.override("en"):
            with pytest.raises(RegisterRefused) as refused:
                load_file(path)
            return [str(problem) for problem in refused.value.problems]

    def test_headings_are_vietnamese_and_stay_in_sight(self, path: Path):
        page = load_workbook(path)["Trạm"]
        assert [cell.value for cell in page[1]][:3] == ["Mã cơ sở", "Mã", "Tên"]
        assert page.freeze_panes == "B2"

    def test_text_that_looks_like_a_formula_is_text(self, path: Path):
        names = [row[2] for row in load_workbook(path)["Cơ quan"].iter_rows()]
        assert [(cell.value, cell.data_type) for cell in names if cell.value == "=1+1"] == [
            ("=1+1", "s")
        ]

    def test_a_mistake_is_named_with_sheet_row_and_column(self, path: Path):
        self.change(path, "Trạm", "F3", 7)
        (told,) = self.refusals(path)
        assert told.startswith(
            "sheet “Trạm”, row 3, column F (Chu kỳ, phút), interval_minutes: must divide 1440"
        )

    def test_an_unknown_heading_is_named(self, path: Path):
        self.change(path, "Trạm", "C1", "Màu")
        (told,) = self.refusals(path)
        assert told.startswith("sheet “Trạm”, row 1, column C: “Màu” is unknown here")

    def test_an_unknown_sheet_is_named(self, path: Path):
        book = load_workbook(path)
        book.create_sheet("Xe")
        book.save(path)
        (told,) = self.refusals(path)
        assert told.startswith("sheet “Xe”: this sheet is unknown")

    def test_a_row_that_belongs_to_nothing_is_named(self, path: Path):
        self.change(path, "Kênh", "A2", "F-XX")
        assert any(
            told.startswith("sheet “Kênh”, row 2, column A (Mã trạm), station: “F-XX” stands in no")
            for told in self.refusals(path)
        )

    def test_a_date_may_be_written_as_vietnamese_write_it(self, path: Path):
        self.change(path, "Đơn vị hành chính", "F4", "30/11/2024")
        assert load_file(path).changed

    def test_a_word_that_is_no_choice_is_named(self, path: Path):
        self.change(path, "Cơ sở", "C2", "ship")
        (told,) = self.refusals(path)
        assert "row 2, column C (Loại), kind: “ship” is none of: " in told

    def test_what_is_no_workbook_is_refused(self, tmp_path: Path):
        path = tmp_path / "out.xlsx"
        path.write_text("units: []")
        assert self.refusals(path) == ["the file is no workbook"]
