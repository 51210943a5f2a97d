"""Invented answers whose order nobody would dispute, for tests of what the model says."""

from appliance.interviews.plans.rubrics import Language

Samples = dict[tuple[str, Language], dict[str, str]]

ANSWERS: Samples = {
    ("team_work.disagreement", "zh"): {
        "excellent": (
            "去年十月我们科室换新的排班系统,我和护理组的一位同事对夜班怎么排意见完全相反。她担心新人扛不住,"
            "我担心老员工连上三个夜班。"
            "我先约她单独谈了半小时,把两边的顾虑写在一张纸上,再拉出前三个月的夜班记录,"
            "发现差错都出在连续第三个夜班。"
            "然后我们一起定了个办法:新人和老员工搭班,谁都不连上三个。我把方案发给全组征求意见,改了两处,"
            "试行一个月。"
            "一个月里夜班差错从五起降到一起,排班表按时交了,这个搭班的办法现在别的病区也在用。"
        ),
        "average": (
            "有一次做季度报表,我和同事对数据口径有不同看法。他想用旧的口径,我觉得应该用新的。"
            "后来我们找主管问了一下,主管说用新的,我们就按新的做了。我负责前半部分,他负责后半部分,"
            "最后按时交了。"
        ),
        "vague": (
            "我这个人比较随和,跟同事关系一直都不错,很少有矛盾。如果有不同意见,我觉得大家互相理解、"
            "多沟通就好了,"
            "团队合作是很重要的,一个人的力量是有限的,大家拧成一股绳,什么困难都能克服。"
        ),
        "off_topic": (
            "我周末喜欢去郊外爬山,也喜欢钓鱼。上个月我和家人去了海边,天气特别好,我们吃了很多海鲜。"
            "我还养了一只猫,每天晚上都要陪它玩一会儿。最近我在学做菜,红烧肉做得越来越好了。"
        ),
    },
    ("team_work.disagreement", "en"): {
        "excellent": (
            "Last October our ward moved to a new roster and a colleague and I wanted opposite things for "
            "the nights. "
            "She was afraid the new staff would not cope, I was afraid of three nights in a row for the "
            "others. "
            "I asked her for half an hour alone, we wrote both worries on one sheet, and I pulled the night "
            "records of "
            "three months: nearly all errors fell on the third night in a row. So we agreed to pair new with "
            "experienced "
            "staff and never give anyone three nights running. I sent it round, changed two points the "
            "others raised, and "
            "we tried it for a month. Errors at night went from five to one, the roster was out on time, and "
            "two other "
            "wards now use the same pairing."
        ),
        "average": (
            "Once for a quarterly report a colleague and I saw the figures differently. He wanted the old "
            "definition and I "
            "wanted the new one. We asked our manager, she said to take the new one, so we did. I wrote the "
            "first half and "
            "he wrote the second half, and we handed it in on time."
        ),
        "vague": (
            "I am quite an easy-going person and I get on with everybody, so there are hardly any conflicts. "
            "When there is a "
            "difference of opinion I think people should understand each other and communicate. Team work is "
            "very important, "
            "nobody can do everything alone, and together we can overcome any difficulty."
        ),
        "off_topic": (
            "On weekends I like hiking in the hills and I also go fishing. Last month I went to the seaside "
            "with my family, the "
            "weather was wonderful and we ate a lot of seafood. I have a cat and play with it every evening. "
            "Lately I have been "
            "learning to cook and my stews are getting better."
        ),
    },
    ("service_orientation.upset_person", "zh"): {
        "excellent": (
            "今年三月,一位老先生来网点取定期存款,因为没带身份证被拒了两次,第三次来的时候在大厅里拍桌子。"
            "我请他到旁边坐下,先听他讲完,才知道这笔钱是老伴第二天住院要交的押金。"
            "规定上没有身份证确实不能支取,我跟他讲清楚为什么,然后帮他联系派出所办临时身份证明,"
            "又请主管当天延长柜台半小时。"
            "下午四点他拿着证明回来,钱取到了。第二天我打电话问,老伴已经住进去了。"
            "后来我提议在取号机上加了一行提示,写明要带的证件和替代办法,这类白跑一趟的投诉一个季度少了一大半。"
        ),
        "average": (
            "有一次一个客户因为排队时间太长很生气,在柜台前大声说话。我跟他道歉,说今天人比较多,请他稍等。"
            "轮到他的时候我尽快把他的汇款办完了,他就没有再说什么,走了。"
        ),
        "vague": (
            "我觉得服务行业就是要有耐心,客户永远是第一位的。遇到情绪激动的客户,要保持微笑,态度要好,"
            "站在客户的角度考虑问题,这样客户一般都会理解的。我一直都是这样要求自己的。"
        ),
        "off_topic": (
            "我的家乡在一个小县城,那里山清水秀,盛产茶叶。我大学学的是计算机,主要课程有数据库和操作系统。"
            "数据库是用来存放数据的,操作系统管理内存和进程。毕业设计做的是一个图书管理的网站。"
        ),
    },
    ("service_orientation.upset_person", "en"): {
        "excellent": (
            "In March an elderly man came to our branch for his fixed deposit. He had been turned away twice "
            "without his identity "
            "card and the third time he was banging on the desk. I asked him to sit down with me and let him "
            "finish, and learnt "
            "that the money was the hospital deposit for his wife the next day. We really cannot pay out "
            "without the card, so I "
            "explained why, called the police station about a temporary certificate and got my supervisor to "
            "keep the counter open "
            "half an hour longer. At four he was back with the paper and had his money. I rang the next day "
            "and his wife had been "
            "admitted. Afterwards I had a line added on the ticket machine that says which papers are needed "
            "and what helps without "
            "them; complaints of this kind fell by more than half in a quarter."
        ),
        "average": (
            "Once a customer was angry because the queue was so long and he talked loudly at the counter. I "
            "apologised and said that "
            "it was a busy day and asked him to wait. When it was his turn I did his transfer as fast as I "
            "could, and then he said "
            "nothing more and left."
        ),
        "vague": (
            "I think in a service job you have to be patient and the customer always comes first. With upset "
            "customers one should keep "
            "smiling, have a good attitude and see things from their point of view, then they usually "
            "understand. That is what I always "
            "demand of myself."
        ),
        "off_topic": (
            "My home town is a small place between green hills and it is known for its tea. At university I "
            "studied computing, mostly "
            "databases and operating systems. A database stores data and an operating system manages memory "
            "and processes. For my final "
            "project I made a website for a library."
        ),
    },
    ("calm_under_pressure.everything_at_once", "zh"): {
        "excellent": (
            "去年春节前一个下午,柜台同时来了三件急事:押运车提前二十分钟到、一位客户在大厅晕倒、"
            "系统又提示对账不平。"
            "我先请保安把晕倒的客户平放并打了120,让大堂经理陪着;再请押运员在车上等十分钟,"
            "请第二个人复核后交接;最后才查账。"
            "我边做边把三件事写在白板上,让每个人知道自己管哪一件。客户十五分钟后被救护车接走,没有大碍,"
            "押运按流程交接,"
            "对账发现是一笔冲正没入,当天六点前平了。之后我写了一页应急分工表,现在早会都会过一遍。"
        ),
        "average": (
            "有一次月底,领导同时让我做两份报告,还有客户打电话来催。我先把客户的事回了电话,"
            "然后加班把两份报告做完了,第二天早上交的。"
        ),
        "vague": (
            "我的抗压能力比较强,工作越忙我越有干劲。事情多的时候,我会合理安排时间,分清轻重缓急,一件一件地做,"
            "保持良好的心态,一般都能处理好。"
        ),
        "off_topic": (
            "我希望工资能在八千以上,最好有五险一金和年终奖。我家离这里坐地铁要四十分钟,"
            "如果能弹性上班就更好了。"
            "我每年想休十天年假,带孩子出去旅游。另外我想知道有没有食堂和宿舍。"
        ),
    },
    ("calm_under_pressure.everything_at_once", "en"): {
        "excellent": (
            "One afternoon before the holidays three things came at once: the cash van was twenty minutes "
            "early, a customer fainted in the "
            "hall and the system showed that the books did not balance. First I had the guard lay the "
            "customer flat, called the ambulance and "
            "left the floor manager with her; then I asked the van crew to wait ten minutes until a second "
            "person could check the handover; "
            "the books came last. I wrote the three things on the board so that everyone knew which was "
            "theirs. The customer was picked up after "
            "a quarter of an hour and was fine, the handover went by the book, and the difference was a "
            "reversal not yet posted, settled before "
            "six. Afterwards I wrote a one-page plan of who does what, and we go through it in the morning "
            "meeting."
        ),
        "average": (
            "Once at the end of a month my manager wanted two reports at the same time and a customer kept "
            "calling. I called the customer back "
            "first, then I worked late and finished both reports, and handed them in the next morning."
        ),
        "vague": (
            "I am good under pressure, the busier it gets the more energy I have. When there is a lot to do "
            "I plan my time sensibly, set "
            "priorities, do one thing after the other and keep a positive attitude, and usually it all works "
            "out."
        ),
        "off_topic": (
            "I would like a salary above eight thousand with insurance and a bonus at the end of the year. "
            "It takes me forty minutes by metro to "
            "get here, so flexible hours would be good. I want ten days of leave a year to travel with my "
            "child. I would also like to know "
            "whether there is a canteen and a dormitory."
        ),
    },
}
"""By question and language: excellent, average, vague, off topic."""
