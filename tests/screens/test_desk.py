"""A case from beginning to end on its page, and the inbox of an officer."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from alerts.models import Alert, CaseFile, ControlSample, PhoneCall, State
from alerts.services import records
from stations.models import Agency, Membership, Person
from tests.screens.conftest import Province
from tests.screens.test_cases import cases, page

SAID = {"cause": "process", "words": "Bể hiếu khí quá tải", "measure": "Giảm lưu lượng vào"}


def text_of(client: Client, address: str, data: dict[str, object] | None = None) -> str:
    answer = client.post(address, data or {}, follow=True)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def own_case(province: Province) -> Alert:
    return province.alert("HOANGHON-NT01")


def test_an_operator_explains_and_an_officer_sends_back_verifies_and_closes(
    province: Province,
) -> None:
    operator, officer = province.client("chutay"), province.client("canbo")
    alert = own_case(province)
    address = f"/alerts/{alert.pk}/"
    assert "Gửi giải trình" in page(operator, address)
    assert "Gửi giải trình" not in page(officer, address)
    minutes = SimpleUploadedFile("biên bản.pdf", b"%PDF-1.4 x", content_type="application/pdf")
    shown = text_of(operator, address + "answer/", {**SAID, "papers": [minutes]})
    assert "Đã gửi giải trình" in shown
    assert "biên bản.pdf" in shown
    shown = page(officer, address)
    assert "Giảm lưu lượng vào" in shown
    assert "Xác nhận giải trình" in shown
    assert "Hãy viết nội dung còn thiếu" in text_of(officer, address + "return/")
    text_of(officer, address + "return/", {"note": "Thiếu nhật ký vận hành"})
    assert "Thiếu nhật ký vận hành" in page(operator, address)
    text_of(operator, address + "answer/", {**SAID, "words": "Kèm nhật ký"})
    assert "Đã xác nhận giải trình" in text_of(officer, address + "verify/")
    text_of(officer, address + "close/", {"note": "Đã khắc phục"})
    alert.refresh_from_db()
    assert (alert.state, alert.answers.count()) == (State.CLOSED, 2)


def test_a_form_with_mistakes_comes_back_filled_in(province: Province) -> None:
    operator, alert = province.client("chutay"), own_case(province)
    answer = operator.post(
        f"/alerts/{alert.pk}/answer/", {"cause": "process", "words": "", "measure": "Đã sửa bơm"}
    )
    assert answer.status_code == 400
    assert "Đã sửa bơm" in answer.content.decode()
    assert alert.answers.count() == 0


@pytest.mark.parametrize(
    ("step", "data"),
    [
        ("answer", SAID),
        ("verify", {}),
        ("return", {"note": "x"}),
        ("call", {"whom": "A", "called_at": "2024-05-21T08:00", "words": "x"}),
        ("file", {}),
        ("assign", {}),
    ],
)
def test_a_neighbour_finds_no_case_and_a_reader_changes_none(province, step, data) -> None:
    address = f"/alerts/{own_case(province).pk}/{step}/"
    assert province.client("nguoidong").post(address, data).status_code == 404
    assert province.client("theodoi").post(address, data).status_code == 403
    wrong_side = "canbo" if step == "answer" else "chutay"
    assert province.client(wrong_side).post(address, data).status_code == 403


def test_what_happens_around_a_case_is_written_down(province: Province) -> None:
    officer, alert = province.client("canbo"), own_case(province)
    address = f"/alerts/{alert.pk}/"
    call = {"whom": "Trực ca", "called_at": "2024-05-21T08:00", "words": "Đang kiểm tra"}
    assert "Đã ghi cuộc gọi" in text_of(officer, address + "call/", call)
    here = timezone.localtime(alert.ends_at - timedelta(hours=4))
    later = here + timedelta(hours=2)
    sample = {
        "bottle": "M01",
        "parameter": "COD",
        "taken_from": f"{here:%Y-%m-%dT%H:%M}",
        "taken_until": f"{later:%Y-%m-%dT%H:%M}",
    }
    shown = text_of(officer, address + "sample/", sample)
    assert "92,4" in shown.partition("M01")[2]
    taken = ControlSample.objects.get()
    result = {"result": "88,5", "result_at": "2024-05-23T09:00"}
    shown = text_of(officer, f"{address}sample/{taken.pk}/result/", result)
    assert "88,5" in shown
    assert PhoneCall.objects.get().whom == "Trực ca"
    whats = list(alert.events.values_list("what", flat=True))
    assert whats.count("sampled") == 2
    assert "called" in whats


def test_a_file_is_given_back_byte_for_byte_and_only_to_who_may_see_the_case(province) -> None:
    officer, alert = province.client("canbo"), own_case(province)
    paper = SimpleUploadedFile("ảnh.jpg", b"\xff\xd8\xff bytes")
    text_of(officer, f"/alerts/{alert.pk}/file/", {"what": "Hiện trường", "papers": [paper]})
    kept = CaseFile.objects.get()
    address = f"/alerts/{alert.pk}/files/{kept.pk}/"
    answer = officer.get(address)
    assert b"".join(answer.streaming_content) == b"\xff\xd8\xff bytes"
    assert answer["Content-Disposition"].startswith("attachment")
    assert province.client("nguoidong").get(address).status_code == 404


def test_a_case_is_assigned_and_handed_over(province: Province) -> None:
    officer, alert = province.client("canbo"), own_case(province)
    me = province.person("canbo")
    text_of(officer, f"/alerts/{alert.pk}/assign/", {"to": me.pk})
    assert cases(page(officer, f"/alerts/?person={me.pk}")) == [alert.pk]
    board = Agency.objects.get(code="UBTAY")
    data = {"to_agency": board.pk, "reason": "Thuộc địa bàn"}
    assert "Đã bàn giao" in text_of(officer, f"/alerts/{alert.pk}/hand-over/", data)
    assert cases(page(officer, "/alerts/?agency=UBTAY")) == [alert.pk]


def test_the_inbox_is_narrowed_by_deadline_and_ordered_by_it(province: Province) -> None:
    officer = province.client("canbo")
    late, soon = own_case(province), province.alert("BINHMINH-NT01", "silent_station")
    now = timezone.now()
    Alert.objects.filter(pk=late.pk).update(answer_due_at=now - timedelta(hours=2))
    Alert.objects.filter(pk=soon.pk).update(
        answer_due_at=now + timedelta(hours=30), acknowledge_due_at=now + timedelta(hours=30)
    )
    assert cases(page(officer, "/alerts/?due=overdue")) == [late.pk]
    ordered = cases(page(officer, "/alerts/?order=deadline"))
    assert ordered.index(late.pk) < ordered.index(soon.pk)
    assert re.search("quá hạn 2\\sgiờ để giải trình", page(officer, "/alerts/"))


def test_the_api_narrows_cases_as_the_page_does(province: Province) -> None:
    officer, alert = province.client("canbo"), own_case(province)
    me, board = province.person("canbo"), Agency.objects.get(code="UBTAY")
    Alert.objects.filter(pk=alert.pk).update(
        assigned_to=me, held_by=board, held_since=timezone.now(),
        answer_due_at=timezone.now() - timedelta(hours=1),
    )  # fmt: skip

    def found(query: str) -> set[int]:
        return {each["id"] for each in officer.get(f"/api/v1/alerts/?{query}").json()["results"]}

    for query in ("person=canbo", "agency=UBTAY", "overdue=true"):
        assert found(query) == {alert.pk}, query
    assert alert.pk in found("facility=HOANGHON")
    assert not found("facility=HOANGHON") & found("facility=BINHMINH")
    assert alert.pk not in found("overdue=false")
    assert found("person=nguoitay") == found("agency=BQL") == set()


def test_several_new_cases_are_taken_at_once(province: Province) -> None:
    officer = province.client("canbo")
    new = list(Alert.objects.filter(state=State.OPEN).values_list("pk", flat=True))
    assert new
    shown = text_of(officer, "/alerts/acknowledge/", {"alert": new, "back": "?state=open"})
    assert f"Đã tiếp nhận {len(new)} hồ sơ" in shown
    assert not Alert.objects.filter(state=State.OPEN).exists()
    again = text_of(officer, "/alerts/acknowledge/", {"alert": new})
    assert "số còn lại đã có người tiếp nhận" in again
    assert (
        province.client("nguoidong")
        .post("/alerts/acknowledge/", {"alert": [own_case(province).pk]})
        .status_code
        == 403
    )


def test_an_explanation_is_kept_with_all_its_papers_or_not_at_all(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was cut off sends it again: a half would stand as answered, without its papers."""

    def cut_off(**_: object) -> None:
        raise OSError("No space left on device")

    operator, alert = province.client("chutay"), own_case(province)
    paper = SimpleUploadedFile("biên bản.pdf", b"%PDF-1.4 x", content_type="application/pdf")
    monkeypatch.setattr(records, "add_file", cut_off)
    with pytest.raises(OSError, match="No space"):
        operator.post(f"/alerts/{alert.pk}/answer/", {**SAID, "papers": [paper]})
    state = alert.state
    alert.refresh_from_db()
    assert (alert.state, alert.answers.count()) == (state, 0)


def test_a_case_is_assigned_to_nobody_who_left(province: Province) -> None:
    officer, alert = province.client("canbo"), own_case(province)
    gone = Person.objects.create(username="nghiviec", name="Người Đã Nghỉ")
    department = Agency.objects.get(memberships__person__username="canbo")
    yesterday = timezone.localdate() - timedelta(days=1)
    Membership.objects.create(person=gone, agency=department, role="officer", valid_until=yesterday)
    assert gone.name not in page(officer, f"/alerts/{alert.pk}/")
    answer = officer.post(f"/alerts/{alert.pk}/assign/", {"to": gone.pk})
    assert answer.status_code == 400


def test_a_bad_result_is_told_beside_its_field(province: Province) -> None:
    officer, alert = province.client("canbo"), own_case(province)
    taken = sampled(province, alert)
    bad = {"result": "nhiều", "result_at": "2024-05-23T09:00"}
    answer = officer.post(f"/alerts/{alert.pk}/sample/{taken.pk}/result/", bad)
    shown = answer.content.decode()
    assert answer.status_code == 400
    assert 'class="field-error"' in shown
    assert 'value="nhiều"' in shown


def sampled(province: Province, alert: Alert, parameter: str = "COD") -> ControlSample:
    return records.note_sample(
        alert=alert, by=province.person("canbo"), bottle="M01", parameter=parameter,
        taken_from=province.now, taken_until=province.now, now=province.now,
    )  # fmt: skip


@pytest.mark.parametrize(("parameter", "unit"), [("COD", "mg/L"), ("pH", "-"), ("Coliform", "")])
def test_a_sample_has_the_unit_of_its_own_parameter(
    province: Province, parameter: str, unit: str
) -> None:
    assert sampled(province, own_case(province), parameter).unit == unit


@pytest.mark.parametrize(
    ("step", "data"),
    [
        ("call", {"whom": "A", "called_at": "2024-05-21T08:00", "words": "x"}),
        ("visit", {"people": "A", "visited_at": "2024-05-21T08:00", "words": "x"}),
        ("file", {"what": "x"}),
        ("assign", {"to": ""}),
        ("note", {"note": "x"}),
        ("sample", {"bottle": "M2", "parameter": "COD", "taken_from": "2024-05-21T08:00",
                    "taken_until": "2024-05-21T08:00"}),
    ],
)  # fmt: skip
def test_a_closed_case_takes_no_records(province: Province, step: str, data: dict) -> None:
    officer, alert = province.client("canbo"), own_case(province)
    text_of(officer, f"/alerts/{alert.pk}/close/", {"note": "Đã khắc phục"})
    events = alert.events.count()
    if step == "file":
        data = {**data, "papers": [SimpleUploadedFile("a.txt", b"x")]}
    shown = text_of(officer, f"/alerts/{alert.pk}/{step}/", data)
    assert "Đã có người làm trước" in shown
    assert alert.events.count() == events


def test_who_saw_another_name_on_the_case_is_told(province: Province) -> None:
    officer, alert = province.client("canbo"), own_case(province)
    me, other = province.person("canbo"), province.person("nguoitay")
    assert 'name="seen"' in page(officer, f"/alerts/{alert.pk}/")
    text_of(officer, f"/alerts/{alert.pk}/assign/", {"to": other.pk, "seen": ""})
    shown = text_of(officer, f"/alerts/{alert.pk}/assign/", {"to": me.pk, "seen": ""})
    assert "hồ sơ hiện giao cho Trần Văn Tây" in shown
    alert.refresh_from_db()
    assert alert.assigned_to == other
    board = Agency.objects.get(code="UBTAY")
    given = {"to_agency": board.pk, "reason": "Địa bàn", "seen": board.pk}
    assert "hồ sơ hiện do" in text_of(officer, f"/alerts/{alert.pk}/hand-over/", given)


def test_a_result_that_is_there_already_is_not_told_as_kept(province: Province) -> None:
    officer, alert = province.client("canbo"), own_case(province)
    now = timezone.now()
    taken = ControlSample.objects.create(
        alert=alert, by=province.person("canbo"), at=now, bottle="M01", parameter="COD",
        taken_from=now, taken_until=now, result=80, result_at=now,
    )  # fmt: skip
    result = {"result": "88,5", "result_at": "2024-05-23T09:00"}
    shown = text_of(officer, f"/alerts/{alert.pk}/sample/{taken.pk}/result/", result)
    assert "Mẫu này đã có kết quả" in shown
    assert "Đã ghi kết quả" not in shown


def test_who_looks_after_the_lines_reads_no_values_in_a_case_of_a_line(province: Province) -> None:
    alert = province.alert("BINHMINH-NT01", "silent_station")
    until = province.now - timedelta(hours=4)
    ControlSample.objects.create(
        alert=alert, by=province.person("canbo"), at=until, bottle="M01", parameter="COD",
        taken_from=until - timedelta(hours=2), taken_until=until,
    )  # fmt: skip
    assert "92,4" in page(province.client("canbo"), f"/alerts/{alert.pk}/").partition("M01")[2]
    shown = page(province.client("tin"), f"/alerts/{alert.pk}/")
    assert "M01" in shown
    assert "92,4" not in shown
