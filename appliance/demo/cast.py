"""The invented people and places of the demo: a bank, the hospital beside it, and who applies there.

All names, numbers and addresses are made up; addresses end in `.example`, telephone numbers in 555.
"""

from datetime import date
from decimal import Decimal

import msgspec


class Desk(msgspec.Struct, frozen=True):
    """A department and the posts in it: (title zh, title en, family, wage floor)."""

    code: str
    name_zh: str
    name_en: str
    posts: tuple[tuple[str, str, str, str], ...]


class Colleague(msgspec.Struct, frozen=True):
    """Somebody who works here already."""

    name: str
    post: str
    number: str
    card: str
    start_on: date
    wage: Decimal


class Applicant(msgspec.Struct, frozen=True):
    """Somebody who applied, with the text of the resume."""

    name: str
    email: str
    opening: str
    resume: str


class Vacancy(msgspec.Struct, frozen=True):
    """An opening: the post it is for and the text that HR wrote."""

    post: str
    title_zh: str
    title_en: str
    description: str


class Login(msgspec.Struct, frozen=True):
    """An account of the demo and what to try with it."""

    login: str
    roles: tuple[str, ...]
    name: str
    try_zh: str
    try_en: str


DESKS = (
    Desk(
        "BR",
        "兰亭银行营业部",
        "Lanting Bank, main branch",
        (
            ("综合柜员", "Bank teller", "bank", "4800.00"),
            ("客户经理", "Customer manager", "bank", "6500.00"),
        ),
    ),
    Desk(
        "IT",
        "信息科技部",
        "Information technology",
        (("Java开发工程师", "Java developer", "office", "9000.00"),),
    ),
    Desk(
        "NS",
        "清源医院护理部",
        "Qingyuan Hospital, nursing",
        (
            ("病房护士", "Ward nurse", "hospital", "5600.00"),
            ("护士长", "Head nurse", "hospital", "8800.00"),
        ),
    ),
    Desk("HR", "人力资源部", "Human resources", (("人事专员", "HR officer", "office", "5200.00"),)),
)

COLLEAGUES = (
    Colleague("周启明", "客户经理", "1001", "20010001", date(2021, 3, 1), Decimal("9800.00")),
    Colleague("许静宜", "综合柜员", "1002", "20010002", date(2022, 7, 4), Decimal("6200.00")),
    Colleague("韩若溪", "护士长", "1003", "20010003", date(2016, 9, 1), Decimal("13500.00")),
    Colleague("罗一帆", "病房护士", "1004", "20010004", date(2024, 7, 1), Decimal("7400.00")),
    Colleague("唐书勤", "人事专员", "1005", "20010005", date(2020, 5, 6), Decimal("7900.00")),
)

VACANCIES = (
    Vacancy(
        "客户经理",
        "客户经理",
        "Customer manager",
        "岗位职责：维护对公和个人客户，处理客户投诉，与柜面、风控同事协作。\n"
        "任职要求：本科及以上学历；3年以上银行或客户服务工作经验；熟悉客户服务（customer service）与团队协作；"
        "英语流利者优先；有银行从业资格者优先。",
    ),
    Vacancy(
        "Java开发工程师",
        "Java开发工程师",
        "Java developer",
        "任职要求：本科及以上学历；3年以上Java开发经验；熟悉微服务架构；熟悉K8s者优先。",
    ),
    Vacancy(
        "病房护士",
        "病房护士",
        "Ward nurse",
        "任职要求：大专及以上护理专业；持有护士执业证书；2年以上临床护理经验；能适应三班倒。",
    ),
)

LOGINS = (
    Login("hr", ("hr_manager",), "人事经理", "批准录用、看报告、查看台账", "approve an offer, read a report"),
    Login("hr2", ("hr_manager",), "人事副经理", "作为第二人复核录用", "be the second person on an offer"),
    Login("recruiter", ("recruiter",), "招聘专员", "看候选人、发面试邀请", "look at candidates, invite one"),
    Login("interviewer", ("interviewer",), "面试官", "看被指派的面试", "see the interviews that name you"),
    Login(
        "payroll",
        ("payroll",),
        "薪资会计",
        "看工资记录和每个数字的来历",
        "open a pay record, follow a figure",
    ),
    Login(
        "head",
        ("department_head",),
        "部门负责人",
        "看班次和指派给自己的面试",
        "see shifts and the interviews that name you",
    ),
    Login("it", ("it",), "信息科", "批准考勤机、看任务队列", "approve a terminal, look at the jobs"),
    Login("auditor", ("auditor",), "审计员", "查台账、校验哈希链", "read the ledger and verify its chain"),
)

CANDIDATE_NAME = "Grace Lin"
CANDIDATE_EMAIL = "grace.lin@mail.example"
CANDIDATE_OPENING = "客户经理"
CANDIDATE_RESUME = (
    "Grace Lin",
    "Email: grace.lin@mail.example    Phone: +86 138 0000 0555",
    "",
    "Profile",
    "Customer service specialist in retail banking; calm with difficult customers, used to working in teams.",
    "",
    "Work experience",
    "2022-03 to 2026-09  Riverside Savings Bank, Customer Service Officer",
    "Handled complaints at the counter and by telephone, trained four new colleagues.",
    "2019-07 to 2022-02  Harbour Insurance Services, Customer Service Representative",
    "Answered policy questions, worked with the claims team.",
    "",
    "Education",
    "2015-09 to 2019-06  Eastlake University, Bachelor of Business Administration",
    "",
    "Skills: customer service, teamwork, complaint handling, Excel",
    "Certificates: Banking Professional Qualification",
    "Languages: English (fluent), Mandarin (native)",
)

SPOKEN_ANSWERS = (
    "Last year a colleague and I disagreed about how to move eight hundred customers to a new card system. "
    "She wanted to do it branch by branch, I wanted to begin with the oldest cards. We had two weeks. "
    "I asked her to sit down with me, we wrote both plans on one page and counted the calls each would cause. "
    "Her plan caused fewer, so I gave way, and I took over the list of difficult customers. "
    "When she fell ill I made her calls as well. We finished two days early, no customer lost access, "
    "and we still plan that way together.",
    "Every Monday the queue at our counter was over thirty people long. I counted for three weeks what they came for. "
    "Half of them wanted a new password, because the letters arrived on Saturday. "
    "I proposed to send the letters on Tuesday, and asked two colleagues to try it in one district first. "
    "The queue there fell from thirty to eleven. After a month the whole branch changed, and it has stayed so.",
)
TYPED_ANSWER = (
    "In my second year I sent a confirmation letter to the wrong customer. I noticed it the same day, told my "
    "supervisor at once, and called both customers to apologise. We got the letter back unopened. Then I wrote a "
    "short checklist for outgoing letters, which the whole counter team still uses, and no letter has gone wrong since."
)

APPLICANTS = (
    Applicant(
        "陈予安",
        "chen.yuan@mail.example",
        "Java开发工程师",
        "陈予安\n"
        "电话：13900000555  邮箱：chen.yuan@mail.example\n\n"
        "教育经历\n"
        "2014.09-2018.06 东湖理工大学 计算机科学与技术 本科\n\n"
        ""
        "工作经历\n"
        "2018.07-2022.05 云帆软件有限公司 Java开发工程师\n"
        "负责支付系统的微服务拆分，使用Spring Cloud与Kubernetes。\n"
        ""
        "2022.06-至今 星河数据科技有限公司 高级Java工程师\n"
        "负责核心账务系统。\n\n"
        "技能：Java、微服务、K8s、MySQL\n"
        "语言：英语六级",
    ),
    Applicant(
        "沈知夏",
        "shen.zhixia@mail.example",
        "病房护士",
        "沈知夏\n"
        "电话：13700000555  邮箱：shen.zhixia@mail.example\n\n"
        "教育经历\n"
        "2017.09-2020.06 江州卫生职业学院 护理 大专\n\n"
        ""
        "工作经历\n"
        "2020.07-2025.10 江州市第二人民医院 护士\n"
        "在内科病房工作，参与三班倒，带教实习护士六名。\n\n"
        "证书：护士执业证书",
    ),
    Applicant(
        "顾明远",
        "gu.mingyuan@mail.example",
        "客户经理",
        "顾明远\n"
        "电话：13600000555  邮箱：gu.mingyuan@mail.example\n\n"
        "教育经历\n"
        "2019.09-2023.06 南山学院 市场营销 本科\n\n"
        ""
        "工作经历\n"
        "2023.07-至今 绿洲零售有限公司 销售代表\n"
        "负责门店客户服务与投诉处理。\n\n"
        "技能：客户服务、Excel",
    ),
)
